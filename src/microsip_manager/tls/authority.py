"""Makes the private authority and the certificates it signs. No files, no clock."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.names import Address, Names

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

AUTHORITY_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=396)
"""With the day before the beginning it makes 397, and no client takes more."""

BEFORE = timedelta(days=1)
"""A certificate is good from a day before it was made: not every clock of a house is right."""

HOUSE_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
)
"""Addresses that mean something inside a house only."""


HOUSE_DOMAINS = ("corp", "home.arpa", "internal", "intranet", "lan", "local")
"""And names."""


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str


def new_authority(computer: str, names: Names, now: datetime) -> Issued:
    """An authority good for these names, their domains, and for names and addresses that are known in a house only.

    Whoever steals its key can then not pass for a bank in the browser of somebody who trusts it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"MicroSIP Manager authority of {computer}")
    certificate = (
        _begun(subject, subject, key.public_key(), now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _issued(certificate, key)


def new_server_certificate(authority: Issued, names: Names, now: datetime) -> Issued:
    """A certificate for these names; raises `BadCertificate` when the authority is not good for one of them."""
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    signing_key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    if not isinstance(signing_key, ec.EllipticCurvePrivateKey):
        raise BadCertificate("the key of the authority is none of ours")
    if signing_key.public_key() != signer.public_key():
        raise BadCertificate("the key of the authority does not belong to its certificate")
    if strangers := _not_permitted(signer, names):
        raise BadCertificate(
            f"the authority may not vouch for {strangers}; `microsip-manager tls init --new-authority` makes one that "
            "may, and every agent then has to be told of it"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + SERVER_LIFE, signer.not_valid_after_utc)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names.dns]
    alternatives += [x509.IPAddress(address) for address in names.addresses]
    certificate = (
        _begun(_subject("MicroSIP Manager server"), signer.subject, key.public_key(), now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        .sign(signing_key, hashes.SHA256())
    )
    return _issued(certificate, key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(until)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Issued:
    return Issued(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def _permitted(names: Names) -> list[x509.GeneralName]:
    domains = dict.fromkeys(HOUSE_DOMAINS)
    for name in names.dns:
        plain = name.removeprefix("*.")
        domain = plain.partition(".")[2]
        # A domain of one label, such as `com`, would be half of the world.
        domains[domain if "." in domain else plain] = None
    house: list[Network] = [ipaddress.ip_network(network) for network in HOUSE_NETWORKS]
    networks = {*house, *(ipaddress.ip_network(address) for address in names.addresses if not _is_in(address, house))}
    ordered = sorted(networks, key=lambda network: (network.version, network.network_address.packed))
    return [*map(x509.DNSName, domains), *map(x509.IPAddress, ordered)]


def _not_permitted(signer: x509.Certificate, names: Names) -> str:
    """Those of the names that the authority may not vouch for."""
    try:
        permitted = signer.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return ""
    domains = [one.value for one in permitted if isinstance(one, x509.DNSName)]
    networks = [ipaddress.ip_network(str(one.value)) for one in permitted if isinstance(one, x509.IPAddress)]
    dns = [name for name in names.dns if not any(f".{name}".endswith(f".{domain}") for domain in domains)]
    addresses = [address for address in names.addresses if not _is_in(address, networks)]
    return str(Names(tuple(dns), tuple(addresses)))


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
