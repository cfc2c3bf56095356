"""What may be asked of a server before it is known to be the right one: nothing of it is believed without a check."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from microsip_manager.tls.errors import BadCertificate, NotTheAuthority
from microsip_manager.tls.fingerprints import are_same, der_of, fingerprint_of

AUTHORITY = "/api/ca.pem"
HEALTH = "/healthz"
ANSWER_LIMIT = 16384
SECONDS = 5.0


def fetch_ca(server: str, fingerprint: str, seconds: float = SECONDS) -> str:
    """The certificate (PEM) of the authority of a server such as `https://172.16.99.12:8083`, if it is this one.

    Raises `NotTheAuthority` when it is another one, and when none comes.
    """
    import ssl

    try:
        status, body, _ = _asked(server, AUTHORITY, seconds)
    except (OSError, HTTPException, ValueError) as error:
        raise NotTheAuthority(f"{server} did not answer ({type(error).__name__}: {error})") from None
    if status != 200:
        raise NotTheAuthority(f"{server} hands out no authority of its own (HTTP {status})")
    try:
        # This one certificate, and nothing that may stand beside it.
        found = ssl.DER_cert_to_PEM_cert(der_of(body.decode("latin-1")))
    except BadCertificate:
        raise NotTheAuthority(f"{server} hands out something else than a certificate") from None
    if not are_same(fingerprint_of(found), fingerprint):
        raise NotTheAuthority(
            f"{server} has another authority than the one of the token (SHA-256 {fingerprint_of(found)}): it is "
            "another server, or somebody stands between"
        )
    return found


def time_of(server: str, seconds: float = SECONDS) -> datetime | None:
    """What time it is at a server, as it says; None when it does not."""
    try:
        _, _, date = _asked(server, HEALTH, seconds)
        return parsedate_to_datetime(date)
    except (OSError, HTTPException, ValueError):
        return None


def _asked(server: str, path: str, seconds: float) -> tuple[int, bytes, str]:
    import ssl

    parts = urlsplit(server)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    if is_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # what comes is compared with what is known, or is told and not believed
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=seconds, context=context)
    else:
        connection = HTTPConnection(host, port, timeout=seconds)
    with closing(connection):
        connection.request("GET", path, headers={"Accept-Encoding": "identity"})
        response: HTTPResponse = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT), response.headers.get("Date", "")
