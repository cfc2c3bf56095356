"""The few ASGI steps that run in front of FastAPI."""

from __future__ import annotations

from starlette.types import Message, Receive, Send

from microsip_manager.server.errors import BodyTooLarge
from microsip_manager.wire.problems import CONTENT_TYPE, Problem


async def read_body(receive: Receive, limit: int, first: Message | None = None) -> bytes:
    """The whole body, from its first message if that was taken already.

    Raises `BodyTooLarge` as soon as it exceeds `limit` bytes.
    """
    message = first or await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


async def send_problem(send: Send, answer: Problem, *headers: tuple[bytes, bytes]) -> None:
    """Answer with the problem and close the connection: the rest of its body was not read."""
    body = answer.encode()
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [
                (b"content-type", CONTENT_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def send_redirect(send: Send, address: str) -> None:
    """To the same request at another address. Nobody keeps that in mind: it may be otherwise tomorrow."""
    headers = [
        (b"location", address.encode("latin-1")),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 308, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
