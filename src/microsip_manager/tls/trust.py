"""Whom a client believes: one authority, or those that the system trusts. Standard library only, like the agent."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from microsip_manager.tls.errors import BadCertificate

if TYPE_CHECKING:
    from ssl import SSLContext

PINNED = "server-ca.pem"
"""The file in the agent's folder that holds the authority the agent was enrolled with."""


class Trust:
    """`named` is the setting SERVER_CA; `pinned` counts as soon as it is there. Any thread may ask."""

    def __init__(self, named: str = "", pinned: Path | None = None) -> None:
        self._named = Path(named) if named else None
        self._pinned = pinned
        self._lock = threading.Lock()
        self._made: tuple[object, SSLContext] | None = None

    def __str__(self) -> str:
        """For the end of "is not from an authority that is trusted here (…)"."""
        file = self._file()
        return str(file) if file is not None else "those of the system"

    def context(self) -> SSLContext:
        """For a new connection; a new file counts at once. Raises `BadCertificate`."""
        file = self._file()
        stamp = (file, _stamp_of(file))
        with self._lock:
            if self._made is None or self._made[0] != stamp:
                self._made = (stamp, _context(file))
            return self._made[1]

    def _file(self) -> Path | None:
        if self._named is not None:
            return self._named
        return self._pinned if self._pinned is not None and self._pinned.is_file() else None


def _stamp_of(file: Path | None) -> object:
    try:
        looked = file.stat() if file is not None else None
    except OSError:
        return None
    return (looked.st_mtime_ns, looked.st_size) if looked is not None else None


def _context(file: Path | None) -> SSLContext:
    # It is a large part of the memory of an agent, and those with servers of http:// do without it.
    import ssl

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificates and names
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if file is None:
        made.load_default_certs()
        return made
    # A house may name the authority in the middle that signs for it.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        made.load_verify_locations(file)
    except OSError as error:  # an ssl.SSLError is one
        reason = "it has no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise BadCertificate(f"{file} cannot be used to check servers: {reason}") from None
    return made
