"""The server's certificate while it runs: renewed in time, and taken into use without a restart."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from microsip_manager.clock import Clock
from microsip_manager.tls.certificates import Certificate, shown_moment
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.fingerprints import fingerprint_of
from microsip_manager.tls.folder import TlsFolder, read_pair
from microsip_manager.tls.names import Names, names_of_this_machine

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0
"""Seconds after which new files are noticed."""

WARN_BEFORE = timedelta(days=30)
"""The company's own certificate is renewed by the company, which may have forgotten it."""

AUTHORITY_WARN_BEFORE = timedelta(days=365)


class TlsKeeper:
    """Holds the context for new connections; without a certificate there is none.

    `own` are the company's certificate and key, which take the place of the private authority.
    """

    def __init__(self, folder: TlsFolder, clock: Clock, own: tuple[Path, Path] | None = None) -> None:
        self._folder = folder
        self._clock = clock
        self._own = own
        self._stamp: tuple[object, ...] = ()
        self._told = ""
        self.certificate: Certificate | None = None
        self.context: ssl.SSLContext | None = None
        self.authority: str | None = None
        """The certificate of the private authority as PEM; None where there is none."""

    @property
    def names(self) -> Names:
        """What the server may be called, by its certificate."""
        return self.certificate.names if self.certificate is not None else Names()

    @property
    def fingerprint(self) -> str | None:
        """Of the private authority, for join tokens: 64 hexadecimal digits."""
        return fingerprint_of(self.authority) if self.authority is not None else None

    def load(self) -> None:
        """Take what the files have, which may be nothing; blocks, raises `BadCertificate`. For the start."""
        self._renew_if_due()
        self._take(self._read_stamp())

    async def make_if_missing(self) -> None:
        """Have a certificate from now on, for this machine's names if there is none; raises `BadCertificate`."""
        if self.context is None:
            await asyncio.to_thread(self._make)

    async def keep_up(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        """Renew and look for new files, until `wait` says stop."""
        while not await wait(LOOK_EVERY):
            try:
                await asyncio.to_thread(self._look)
            except BadCertificate as error:
                # What is in use stays in use.
                self._tell(logging.ERROR, f"the TLS certificate: {error}")

    def _make(self) -> None:
        if not self._folder.has_certificate():
            self._folder.make(names_of_this_machine(), self._clock.now())
        self.load()

    def _look(self) -> None:
        self._renew_if_due()
        stamp = self._read_stamp()
        if stamp != self._stamp:
            self._take(stamp)
            if self.certificate is not None:
                until = shown_moment(self.certificate.ends)
                log.info("a new TLS certificate is in use, for %s, until %s", self.certificate.names, until)
        self._warn()

    def _renew_if_due(self) -> None:
        if self._own is not None or not self._folder.has_certificate():
            return
        now = self._clock.now()
        if self._folder.server().is_due(now):
            self._folder.renew(now)
            log.info("the TLS certificate of this server is renewed")

    def _files(self) -> tuple[Path, ...]:
        return self._own or (self._folder.server_file, self._folder.authority_file)

    def _read_stamp(self) -> tuple[object, ...]:
        """Changes whenever the files do."""
        found: list[object] = []
        for file in self._files():
            try:
                looked = file.stat()
                found.append((looked.st_mtime_ns, looked.st_size, looked.st_ino))
            except OSError:
                found.append(None)
        return tuple(found)

    def _take(self, stamp: tuple[object, ...]) -> None:
        if self._own is None and not self._folder.has_certificate():
            self.certificate = self.context = self.authority = None
        else:
            certificate_file, key_file = self._own or (self._folder.server_file, self._folder.server_file)
            certificate = read_pair(certificate_file, key_file)
            try:
                certificate.check_time(self._clock.now())
            except BadCertificate as error:
                raise BadCertificate(f"{certificate_file}: {error}") from None
            authority = self._folder.authority().pem if self._own is None else None
            self.context = context_of(certificate_file, key_file)
            self.certificate, self.authority = certificate, authority
        self._stamp = stamp

    def _warn(self) -> None:
        now = self._clock.now()
        if self._own is not None and self.certificate is not None:
            if self.certificate.time_left(now) < WARN_BEFORE:
                self._tell(logging.WARNING, f"{self._own[0]} expires at {shown_moment(self.certificate.ends)}")
        elif self.authority is not None:
            ends = self._folder.authority().ends
            if ends - now < AUTHORITY_WARN_BEFORE:
                self._tell(logging.WARNING, f"the private authority expires at {shown_moment(ends)}")

    def _tell(self, level: int, line: str) -> None:
        """Once, as long as it stays the same."""
        if line != self._told:
            self._told = line
            log.log(level, "%s", line)


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """For the server's side of a connection; raises `BadCertificate`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        # A password would be asked for at the terminal, which nobody may be at.
        made.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:  # an ssl.SSLError is one of the first
        raise BadCertificate(f"{certificate} cannot be used: {error}") from None
    return made
