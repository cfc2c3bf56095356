"""How events stand in a stream: `text/event-stream`."""

from __future__ import annotations

COMMENT = b": nothing new\n\n"
RETRY = b"retry: 3000\n\n"
"""Milliseconds after which a browser comes again when the stream has ended."""


def frame(name: str, data: bytes, id: str = "") -> bytes:
    """One event. JSON of ours holds no line break."""
    head = f"id: {id}\nevent: {name}\n" if id else f"event: {name}\n"
    return head.encode() + b"data: " + data + b"\n\n"
