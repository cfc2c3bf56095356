"""Secrets that are shown once and known again: made by chance, kept as digests.

They are as long as a key, so a plain SHA-256 of them gives nothing away; only passwords need a slow one.
"""

from __future__ import annotations

import hashlib
import secrets


def new_secret(prefix: str) -> str:
    """256 bits by chance, as text that fits into a header."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str | bytes) -> bytes:
    """What is kept of it. Looking a digest up gives a stranger who measures the time nothing to work with."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).digest()
