"""The cookie in which a browser keeps its session. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

from starlette.types import Scope

SESSION_PREFIX = "mms_"
PLAIN, OVER_TLS = "microsip", "__Host-microsip"
"""A browser takes a `__Host-` cookie over TLS only, and from this very host; over plain HTTP it refuses it."""

READING = ("GET", "HEAD")


def session_secret(scope: Scope) -> str | None:
    """The secret of the session in the request's cookie; None where there is none."""
    wanted = _name(scope).encode()
    for header, value in scope["headers"]:
        if header != b"cookie":
            continue
        for part in value.split(b";"):
            name, _, secret = part.strip().partition(b"=")
            if name == wanted and secret.isascii():
                return str(secret, "ascii")
    return None


def csrf_token(secret: str) -> str:
    """What a page of ours can tell and one of another site cannot: it follows from the secret and does not give it."""
    mac = hmac.digest(secret.encode(), b"csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def proves_its_page(scope: Scope, secret: str) -> bool:
    """Whether a request with this session comes from a page of ours: it reads only, or shows the session's token."""
    if scope["type"] != "http" or scope["method"] in READING:
        return True
    wanted = csrf_token(secret).encode()
    return any(name == b"x-csrf-token" and hmac.compare_digest(value, wanted) for name, value in scope["headers"])


def set_session(scope: Scope, secret: str, seconds: int) -> str:
    """The value of `Set-Cookie` that begins a session."""
    return f"{_name(scope)}={secret}; Max-Age={seconds}; {_attributes(scope)}"


def drop_session(scope: Scope) -> str:
    """The value of `Set-Cookie` that makes the browser forget."""
    return f"{_name(scope)}=; Max-Age=0; {_attributes(scope)}"


def _attributes(scope: Scope) -> str:
    usual = "Path=/; HttpOnly; SameSite=Strict"
    return f"{usual}; Secure" if _is_over_tls(scope) else usual


def _name(scope: Scope) -> str:
    return OVER_TLS if _is_over_tls(scope) else PLAIN


def _is_over_tls(scope: Scope) -> bool:
    return scope.get("scheme") in ("https", "wss")
