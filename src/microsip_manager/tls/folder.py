"""The folder with the private authority and the server's certificate.

`ca.pem` is for everybody, `ca-key.pem` signs, `server.pem` holds the server's key and certificate together, so that
both are replaced in one step.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from socket import gethostname

from microsip_manager.tls.authority import Issued, new_authority, new_server_certificate
from microsip_manager.tls.certificates import Certificate, certificate_in, check_key, read_text
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.names import Names
from microsip_manager.tls.private_files import make_private_folder, write_private, write_public

AUTHORITY, AUTHORITY_KEY, SERVER = "ca.pem", "ca-key.pem", "server.pem"


class TlsFolder:
    """All of it blocks, and raises `BadCertificate`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority_file = folder / AUTHORITY
        self.server_file = folder / SERVER

    def has_certificate(self) -> bool:
        return self.server_file.is_file()

    def authority(self) -> Certificate:
        return _certificate_in(self.authority_file)

    def server(self) -> Certificate:
        """The server's certificate, with which its key goes."""
        return read_pair(self.server_file, self.server_file)

    def make(self, names: Names, now: datetime, *, anew: bool = False) -> None:
        """A certificate for these names, signed by the authority, which is made if there is none yet, or `anew`."""
        try:
            make_private_folder(self.folder)
            if anew or not self.authority_file.exists():
                self._make_authority(names, now)
            issued = new_server_certificate(self._signer(), names, now)
            write_private(self.server_file, issued.key + issued.certificate)
        except OSError as error:
            raise BadCertificate(f"{error.filename or self.folder} cannot be written: {error.strerror}") from None

    def renew(self, now: datetime) -> None:
        """The same names for another life."""
        self.make(self.server().names, now)

    def _make_authority(self, names: Names, now: datetime) -> None:
        made = new_authority(gethostname(), names, now)
        # The key first: a key without a certificate is made anew, a certificate without its key could sign nothing.
        write_private(self.folder / AUTHORITY_KEY, made.key)
        write_public(self.authority_file, made.certificate)

    def _signer(self) -> Issued:
        key = self.folder / AUTHORITY_KEY
        if not key.exists():
            raise BadCertificate(f"{key} is not there, and without the authority's key no certificate can be signed")
        return Issued(read_text(self.authority_file), read_text(key))


def read_pair(certificate_file: Path, key_file: Path) -> Certificate:
    """A certificate that goes with this key; raises `BadCertificate` naming the file at fault."""
    found = _certificate_in(certificate_file)
    key = read_text(key_file)
    try:
        check_key(found, key)
    except BadCertificate as error:
        raise BadCertificate(f"{key_file}: {error}") from None
    return found


def _certificate_in(file: Path) -> Certificate:
    text = read_text(file)
    try:
        return certificate_in(text)
    except BadCertificate as error:
        raise BadCertificate(f"{file}: {error}") from None
