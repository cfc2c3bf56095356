"""Signatures of the requests to an agent's port, and of its answers. Pure.

A server and an agent share a key that never travels between them. A request is signed with its method, its path and
query, its body, its time, a nonce and the name of the PC it is for; an answer with the nonce of its request, the name,
its status and its body. So neither can be altered, sent to another PC, or taken for the answer to another request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from microsip_manager.wire.names import hostname_key

SIGNATURE = "MicroSIP-Signature"
"""The header. With a request `t=<seconds since 1970>,n=<nonce>,v1=<signature>`, with an answer `v1=<signature>`."""

WINDOW = 60
"""Seconds by which the time of a request may differ from the server's clock as the agent knows it."""

NONCE_BYTES = 16

_OF_REQUEST, _OF_ANSWER = b"microsip-manager request", b"microsip-manager answer"
_REQUEST_HEADER = re.compile(r"t=(0|[1-9][0-9]{0,9}),n=([0-9a-f]{32}),v1=([0-9a-f]{64})")


@dataclass(frozen=True)
class Order:
    """What is asked of whom."""

    method: str
    target: str
    """Path and query as they travel."""
    body: bytes
    hostname: str
    """The PC it is for."""


@dataclass(frozen=True)
class Signature:
    """What a request shows."""

    time: int
    nonce: str
    value: str

    def header(self) -> str:
        return f"t={self.time},n={self.nonce},v1={self.value}"


def command_key(digest: bytes) -> bytes:
    """The key for signatures, from the SHA-256 of an agent's own key: the server keeps no more of that."""
    return hmac.digest(digest, b"commands", "sha256")


def signed(key: bytes, order: Order, time: int, nonce: str) -> Signature:
    return Signature(time, nonce, _mac(key, *_parts(order, time, nonce)))


def read_signature(header: str) -> Signature | None:
    """None for a text that is no signature of a request."""
    found = _REQUEST_HEADER.fullmatch(header)
    return Signature(int(found[1]), found[2], found[3]) if found else None


def is_signed(key: bytes, order: Order, signature: Signature) -> bool:
    """Whether somebody who has the key has signed just this. Takes the same time wherever the difference is."""
    return hmac.compare_digest(signed(key, order, signature.time, signature.nonce).value, signature.value)


def answer_header(key: bytes, nonce: str, hostname: str, status: int, body: bytes) -> str:
    """What an agent shows with its answer to the request of this nonce."""
    parts = (_OF_ANSWER, nonce.encode(), _name(hostname), b"%d" % status, _digest(body))
    return f"v1={_mac(key, *parts)}"


def is_signed_answer(key: bytes, nonce: str, hostname: str, status: int, body: bytes, header: str) -> bool:
    expected = answer_header(key, nonce, hostname, status, body)
    return hmac.compare_digest(expected.encode(), header.encode())


def _parts(order: Order, time: int, nonce: str) -> tuple[bytes, ...]:
    told = (order.method.encode(), order.target.encode(), _digest(order.body))
    return (_OF_REQUEST, *told, b"%d" % time, nonce.encode(), _name(order.hostname))


def _mac(key: bytes, *parts: bytes) -> str:
    # Each part with its length before it: no two lists of parts give the same text.
    text = b"".join(b"%d:%s\n" % (len(part), part) for part in parts)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _name(hostname: str) -> bytes:
    return hostname_key(hostname).encode()
