"""uvicorn's WebSocket with a short way for what nearly every frame of a link is: one whole text.

Uvicorn makes an object of each frame, puts its text into a queue, stops reading and wakes a task, which takes it from
there. For 1,000 PCs that answer a command at once this was a third of the server's time. All else, such as the
handshake, fragments, what is too large, and the end, stays with uvicorn and the library under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Not among what it says it exports, but there alone it is the one written in C where the library has that.
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.protocol import State

from microsip_manager.server.link_door import SHORT_WAY

Hear = Callable[[str], None]

_TEXT = 0x81
"""The first byte of a frame that is a whole text."""
_MASKED = 0x80
_LENGTH_OF_2, _LENGTH_OF_8 = 126, 127
"""In place of a length: it follows in so many bytes."""


class LinkProtocol(WebSocketsSansIOProtocol):
    """Offers the application the `ShortWay`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._hear: Hear | None = None
        self._rest = b""
        """The beginning of a frame whose end has not come."""

    def listen(self, hear: Hear) -> None:
        # Only the handshake has come so far: uvicorn passes it on alone, and this follows upon its answer.
        self._hear = hear

    def write(self, text: str) -> None:
        self.transport.write(framed(text.encode()))

    def offer(self, text: str) -> bool:
        if self.close_sent or self.conn.state is not State.OPEN or not self.writable.is_set():
            return False
        self.write(text)
        return True

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # else there is no scope: the handshake was no good
            cast(dict[str, Any], self.scope["extensions"])[SHORT_WAY] = self

    def data_received(self, data: bytes) -> None:
        data, self._rest = self._rest + data, b""
        while data and self._hear is not None and not self.close_sent:
            taken = first_text(data)
            if taken is None:
                self._hear = None
            elif not taken[1]:
                self._rest = data
                return
            elif self._heard(taken[0]):
                data = data[taken[1] :]
            else:
                self._hear = None
        if data:
            super().data_received(data)

    async def send(self, message: Any) -> None:
        text = message.get("text")
        if text is None or not self.offer(text):
            await super().send(message)

    def pause_writing(self) -> None:
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()  # an agent that takes no answers is not heard either

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _heard(self, masked: bytes) -> bool:
        assert self._hear is not None
        try:
            self._hear(apply_mask(masked[4:], masked[:4]).decode())
        except Exception:
            # Whatever it is: the text goes the long way, where the application meets the same, and deals with it.
            return False
        return True


def framed(text: bytes) -> bytes:
    """The frame in which a server sends this text."""
    length = len(text)
    if length < _LENGTH_OF_2:
        return bytes((_TEXT, length)) + text
    if length < 1 << 16:
        return bytes((_TEXT, _LENGTH_OF_2)) + length.to_bytes(2) + text
    return bytes((_TEXT, _LENGTH_OF_8)) + length.to_bytes(8) + text


def first_text(data: bytes) -> tuple[bytes, int] | None:
    """Mask and text of the first frame, and the bytes of that frame: none until all of it has come.

    None when it is not one whole text of less than 64 KB.
    """
    if len(data) < 2:
        return (b"", 0) if data[0] == _TEXT else None
    length, start = data[1] - _MASKED, 2
    if data[0] != _TEXT or length < 0 or length == _LENGTH_OF_8:
        return None
    if length == _LENGTH_OF_2:
        length, start = int.from_bytes(data[2:4]), 4
    end = start + 4 + length
    return (data[start:end], end) if start + 4 <= len(data) and end <= len(data) else (b"", 0)
