"""The second factor: codes of six digits that change each half minute (RFC 6238). Pure."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

ISSUER = "MicroSIP Manager"
STEP = 30
LATE_OR_EARLY = (0, -1, 1)
"""Steps by which the clock of a phone may differ."""


def new_secret() -> str:
    return pyotp.random_base32()


def uri_of(secret: str, name: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that this is the code of, if it is about now. A step may be used once only."""
    current = int(now.timestamp()) // STEP
    given = "".join(code.split()).encode()
    codes = pyotp.TOTP(secret)
    for step in (current + shift for shift in LATE_OR_EARLY):
        if hmac.compare_digest(codes.generate_otp(step).encode(), given):
            return step
    return None
