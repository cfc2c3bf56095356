"""Why a server cannot be spoken with over TLS, in one line that says what to do."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

NOT_YET_VALID, EXPIRED = 9, 10
WRONG_NAME = (62, 64)
UNKNOWN_AUTHORITY = (2, 7, 18, 19, 20, 21, 27)
"""OpenSSL's numbers. 7 is a signature that does not fit: an authority of the same name with another key."""

NO_TLS_THERE = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")

APART = timedelta(hours=1)
"""Clocks further apart than this are worth a word."""


def tls_trouble(
    error: BaseException,
    server: str,
    trusted: str,
    now: datetime,
    time_there: Callable[[str], datetime | None],
) -> str | None:
    """What to tell of this error, or of the one it came from; None when it has nothing to do with TLS.

    `trusted` says whom we trust. `time_there` asks a server for its time, which is told and not believed.
    """
    found = _of_tls(error)
    if found is None:
        return None
    if isinstance(found, ssl.SSLCertVerificationError):
        return _certificate_trouble(found, server, trusted, now, time_there)
    if found.reason in NO_TLS_THERE:
        return "does not speak TLS: its address begins with http://, or it is another server"
    if isinstance(found, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "ended the connection while TLS began: perhaps it has no certificate"
    return f"cannot be spoken with over TLS ({found.reason or found})"


def _certificate_trouble(
    error: ssl.SSLCertVerificationError,
    server: str,
    trusted: str,
    now: datetime,
    time_there: Callable[[str], datetime | None],
) -> str:
    code = error.verify_code
    if code in (EXPIRED, NOT_YET_VALID):
        there = time_there(server)
        if there is not None and abs(there - now) > APART:
            clocks = f"here it is {_shown(now)}, there {_shown(there)}"
            return f"has a certificate that is not good at this time, but the clocks differ: {clocks}"
        state = "has expired" if code == EXPIRED else "is not good yet"
        return f"has a certificate that {state}; here it is {_shown(now)}"
    if code in WRONG_NAME:
        host = urlsplit(server).hostname
        return f"has a certificate for other names than {host}: `microsip-manager tls init` on the server adds names"
    if code in UNKNOWN_AUTHORITY:
        return f"has a certificate of an authority that is not trusted here ({trusted})"
    return f"has a certificate that is refused: {error.verify_message}"


def _of_tls(error: BaseException | None) -> ssl.SSLError | None:
    """The error of TLS itself, out of whatever it was wrapped in."""
    for _ in range(10):
        if error is None or isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
