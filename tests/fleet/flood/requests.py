"""What agents send, byte by byte: a flood has no time to make it anew."""

from __future__ import annotations

from microsip_manager.wire.link import SUBPROTOCOL
from microsip_manager.wire.paths import HEARTBEAT, LINK


def heartbeat(key: str, body: bytes) -> bytes:
    head = f"POST {HEARTBEAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def upgrade(key: str) -> bytes:
    lines = (
        f"GET {LINK} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyEhIQ==",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
    )
    return "\r\n".join((*lines, "", "")).encode()
