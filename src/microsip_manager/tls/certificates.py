"""Reads certificates and keys, and says what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.names import Names

LARGEST = 1_000_000
"""Bytes of a file of certificates; a larger one is something else."""


@dataclass(frozen=True)
class Certificate:
    """What is told of one certificate."""

    pem: str
    names: Names
    subject: str
    issuer: str
    begins: datetime
    ends: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether a third of its life, or less, is left."""
        return now >= self.ends - (self.ends - self.begins) / 3

    def check_time(self, now: datetime) -> None:
        """Raises `BadCertificate` when it is not good at this moment."""
        if now >= self.ends:
            raise BadCertificate(f"it has expired at {shown_moment(self.ends)}, and it is {shown_moment(now)} here")
        if now < self.begins:
            raise BadCertificate(f"it is good from {shown_moment(self.begins)}, and it is {shown_moment(now)} here")

    def time_left(self, now: datetime) -> timedelta:
        return self.ends - now


def shown_moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def read_text(file: Path) -> str:
    """A file of PEM; raises `BadCertificate` naming it."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST).decode("latin-1")
    except OSError as error:
        raise BadCertificate(f"{file} cannot be read: {error.strerror or error}") from None


def certificate_in(text: str) -> Certificate:
    """The first certificate of a PEM text, which is the server's own; raises `BadCertificate`."""
    try:
        first = x509.load_pem_x509_certificates(text.encode())[0]
        pem = first.public_bytes(serialization.Encoding.PEM).decode()
        return Certificate(
            pem,
            _names(first),
            first.subject.rfc4514_string(),
            first.issuer.rfc4514_string(),
            first.not_valid_before_utc,
            first.not_valid_after_utc,
        )
    except (ValueError, IndexError, x509.UnsupportedGeneralNameType):
        raise BadCertificate("there is no certificate in it (-----BEGIN CERTIFICATE-----)") from None


def check_key(certificate: Certificate, text: str) -> None:
    """Raises `BadCertificate` unless this PEM text has the certificate's key."""
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise BadCertificate(
            "the key is locked by a password; give it without one, in a file only we can read"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadCertificate("there is no private key in it (-----BEGIN PRIVATE KEY-----)") from None
    if key.public_key() != x509.load_pem_x509_certificate(certificate.pem.encode()).public_key():
        raise BadCertificate("the key does not belong to the certificate")


def _names(certificate: x509.Certificate) -> Names:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Names()
    addresses = found.get_values_for_type(x509.IPAddress)
    return Names(
        tuple(name.lower() for name in found.get_values_for_type(x509.DNSName)),
        tuple(address for address in addresses if not hasattr(address, "netmask")),
    )
