"""The SHA-256 of a certificate, by which people and join tokens name it."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re

from microsip_manager.tls.errors import BadCertificate

_PEM = re.compile("-----BEGIN CERTIFICATE-----\\s([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----")


def der_of(pem: str) -> bytes:
    """The first certificate in this text, as bytes; raises `BadCertificate`."""
    found = _PEM.search(pem)
    try:
        if found is not None:
            return binascii.a2b_base64("".join(found[1].split()), strict_mode=True)
    except binascii.Error:
        pass
    raise BadCertificate("there is no certificate in it (-----BEGIN CERTIFICATE-----)")


def fingerprint_of(pem: str) -> str:
    """64 hexadecimal digits; raises `BadCertificate`."""
    return hashlib.sha256(der_of(pem)).hexdigest()


def shown(fingerprint: str) -> str:
    """As browsers and Windows show it: `AB:CD:…`."""
    upper = fingerprint.upper()
    return ":".join(upper[place : place + 2] for place in range(0, len(upper), 2))


def are_same(one: str, other: str) -> bool:
    """Whether both name one certificate, however they are written."""
    plain = [text.replace(":", "").strip().lower().encode() for text in (one, other)]
    return len(plain[0]) == 64 and hmac.compare_digest(*plain)
