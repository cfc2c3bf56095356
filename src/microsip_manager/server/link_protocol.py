"""uvicorn's WebSocket with a short way for what nearly every frame of a link is: one whole text.

Uvicorn makes an object of each frame, puts its text into a queue, stops reading and wakes a task, which takes it from
there. For 1,000 PCs that answer a command at once this was a third of the server's time. All else, such as the
handshake, fragments, what is too large, and the end, stays with uvicorn and the library under it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Not among what it says it exports, but there alone it is the one written in C where the library has that.
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.protocol import State

from microsip_manager.server.link_door import SHORT_WAY

Hear = Callable[[bytes], None]

BURST, PER_SECOND = 100.0, 10.0
"""Frames of one agent that nobody asked for, before its link is held back: it beats every seven seconds and reports
what changes. Answers are paid for by their questions."""

HELD_FOR = 1.0
"""Seconds without reading; what the agent sends meanwhile waits in its own machine."""

PIECE = 4096
"""Bytes that the library is given at a time: 700 of the smallest frames."""

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
        """What has come and is not taken yet: the beginning of a frame, and more while the link is held back."""
        self._credit = math.inf
        """Frames that are taken before anybody looks at the clock."""
        self._credited = 0.0
        self._held: asyncio.TimerHandle | None = None

    def listen(self, hear: Hear, *, limited: bool) -> None:
        # Only the handshake has come so far: uvicorn passes it on alone, and this follows upon its answer.
        self._hear = hear
        if limited:
            self._credit, self._credited = BURST, self.loop.time()

    def write(self, text: bytes) -> None:
        self.transport.write(framed(text))

    def offer(self, text: bytes) -> bool:
        if not self._offered(text):
            return False
        self._credit = min(self._credit + 1, max(BURST, self._credit))
        return True

    def hold_back(self) -> None:
        """Read nothing for a while."""
        self._pause()
        self._held = self.loop.call_later(HELD_FOR, self._go_on)

    def _offered(self, text: bytes) -> bool:
        if self.close_sent or self.conn.state is not State.OPEN or not self.writable.is_set():
            return False
        self.write(text)
        return True

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # else there is no scope: the handshake was no good
            cast(dict[str, Any], self.scope["extensions"])[SHORT_WAY] = self

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._held is None:
            self._take(data)
        else:
            self._rest = data
            self._pause()  # uvicorn reads on as soon as what it had is taken

    def _take(self, data: bytes) -> None:
        """All of it, as far as the agent may say so much; the rest is kept."""
        while data:
            if self._credit < 1 and not self._earned():
                self._rest = data
                self.hold_back()
                return
            if self._hear is None or self.close_sent:
                if self.transport.is_closing():
                    return
                super().data_received(data[:PIECE])
                data = data[PIECE:]
                continue
            taken = first_text(data)
            if taken is None:
                self._hear = None
            elif not taken[1]:
                self._rest = data
                return
            elif self._heard(taken[0]):
                self._credit -= 1
                data = data[taken[1] :]
            else:
                self._hear = None

    def _earned(self) -> bool:
        """Whether there is credit again."""
        now = self.loop.time()
        self._credit = min(BURST, self._credit + (now - self._credited) * PER_SECOND)
        self._credited = now
        return self._credit >= 1

    def _go_on(self) -> None:
        self._held = None
        data, self._rest = self._rest, b""
        self._take(data)
        self._read_on()

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def _read_on(self) -> None:
        if not self.read_paused and self._held is None and self.writable.is_set() and not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._held is not None:
            self._held.cancel()
        super().connection_lost(exc)

    # What comes the long way: many small frames cost as much as many texts.

    def handle_text(self, event: Any) -> None:
        self._credit -= 1
        super().handle_text(event)

    def handle_cont(self, event: Any) -> None:
        self._credit -= 1
        super().handle_cont(event)

    def handle_ping(self) -> None:
        self._credit -= 1
        super().handle_ping()

    def handle_pong(self, event: Any) -> None:
        self._credit -= 1
        super().handle_pong(event)

    async def send(self, message: Any) -> None:
        text = message.get("text")
        if text is None or not self._offered(text.encode()):
            await super().send(message)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._pause()  # an agent that takes no answers is not heard either

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_on()

    def _heard(self, masked: bytes) -> bool:
        assert self._hear is not None
        try:
            self._hear(apply_mask(masked[4:], masked[:4]))
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
