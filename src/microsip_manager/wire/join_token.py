"""The join token: all that an agent needs to find its servers, trust them, and be let in, as one text to copy."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from microsip_manager.wire.codec import BadMessage, Decoder, encode

JOIN_TOKEN_PREFIX = "mmj_"  # noqa: S105 - how they begin, so that scanners of secrets know them

LONGEST = 8192
"""Characters of a token that are looked at."""

MOST_SERVERS = 20

ServerUrl = Annotated[str, Meta(min_length=8, max_length=300, examples=["http://172.16.99.12:8083"])]
Servers = Annotated[
    list[ServerUrl],
    Meta(max_length=MOST_SERVERS, description="Addresses of the servers, in the order in which agents try them."),
]


class BadJoinToken(ValueError):
    """The text is no join token; what is said of it never repeats it."""


class JoinToken(Struct, frozen=True, forbid_unknown_fields=True):
    """What is in the text."""

    servers: Servers
    key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$", description="256 bits, known to the servers as a digest")]
    ca: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the certificate of the servers' own authority; None where they have none."""

    def __post_init__(self) -> None:
        check_servers(self.servers)


_decode = Decoder(JoinToken)


def join_token_text(token: JoinToken) -> str:
    return JOIN_TOKEN_PREFIX + base64.urlsafe_b64encode(encode(token)).decode().rstrip("=")


def read_join_token(text: str) -> JoinToken:
    """What is in the text, in which a mail program may have put blanks and line breaks; raises `BadJoinToken`."""
    compact = "".join(text.split())
    if len(compact) > LONGEST:
        raise BadJoinToken("a join token is not so long")
    if not compact.startswith(JOIN_TOKEN_PREFIX):
        raise BadJoinToken(f"a join token begins with {JOIN_TOKEN_PREFIX}")
    body = compact.removeprefix(JOIN_TOKEN_PREFIX)
    # Python's own decoder passes over what it does not know.
    if not re.fullmatch("[A-Za-z0-9_-]+", body):
        raise BadJoinToken("the join token has characters that do not belong into one")
    try:
        token = _decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, BadMessage, ValueError):
        raise BadJoinToken("the join token is incomplete or damaged; copy all of it") from None
    if not token.servers:
        raise BadJoinToken("the join token names no server")
    return token


def check_servers(servers: list[str]) -> None:
    """Raise `ValueError` unless each is `http://` or `https://`, a host, perhaps a port, and nothing else."""
    for server in servers:
        if not _is_server(server):
            raise ValueError("Expected addresses such as http://172.16.99.12:8083 - at `$.servers`")


def _is_server(server: str) -> bool:
    if not server.isprintable() or " " in server:
        return False
    try:
        parts = urlsplit(server)
        _ = parts.port  # raises ValueError when it is not a port
    except ValueError:
        return False
    elsewhere = parts.path or parts.query or parts.fragment or parts.username is not None or server[-1] in "?#/"
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not elsewhere
