"""One bad machine, as fast as one process can: `attacker.py HOST PORT ATTACK KEY HOSTNAME` until its input ends.

It says in the end, as a line of JSON, how often it tried a second: requests, frames, and connections that were refused.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle

from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Beat, Report
from tests.fleet.flood.honest import masked
from tests.fleet.flood.requests import heartbeat, upgrade

AT_A_TIME = 200
"""Connections that are open together while others are opened and closed."""

SOCKETS = 1000

LEAVE_AT_ONCE = struct.pack("ii", 1, 0)

BAD_FRAMES = (
    masked(b"garbage, and no JSON"),
    b"\x82\x84" + bytes(4) + b"\x00\xff\x00\xff",
    b"\x81\xff" + (1 << 40).to_bytes(8) + bytes(4) + b"x" * 1000,
    b"\x81\x05hello",
    b"\xf3\x85" + bytes(4) + b"hello",
    b"\x89\x80" + bytes(4),
)
"""No JSON, binary, far too large, not masked, reserved bits, a ping."""


class Attack:
    def __init__(self, address: tuple[str, int], key: str, hostname: str) -> None:
        self._address = address
        self._key = key
        self._hostname = hostname
        beat = Heartbeat(hostname, "485", 0)
        self._heartbeat = heartbeat(key, encode(beat))
        self._report = masked(encode(Report(beat)))
        self.count = 0

    def nothing(self, over: Callable[[], bool]) -> None:
        while not over():
            time.sleep(0.05)

    def requests(self, over: Callable[[], bool]) -> None:
        """Heartbeats, over connections that are used as long as they last."""
        self._open_again_and_again(over, lambda: self._heartbeat)

    def rush(self, over: Callable[[], bool]) -> None:
        """Heartbeats, each over its own connection, for whose answer nobody waits."""
        self._open_and_leave(over, lambda: self._heartbeat)

    def strangers(self, over: Callable[[], bool]) -> None:
        """Requests that anybody may make."""
        self._open_again_and_again(over, lambda: b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    def garbage(self, over: Callable[[], bool]) -> None:
        """Noise, requests that are none, and what looks like the beginning of TLS."""
        pieces = cycle((os.urandom(2000), b"GARBAGE\r\n\r\n" * 100, b"\x16\x03\x01\x02\x00" + os.urandom(500)))
        self._open_and_leave(over, lambda: next(pieces))

    def frames(self, over: Callable[[], bool]) -> None:
        """Garbage over links that are opened again and again."""
        frames = cycle(BAD_FRAMES)
        self._open_again_and_again(over, lambda: upgrade(self._key), lambda: self._report + next(frames))

    def beats(self, over: Callable[[], bool]) -> None:
        """Good beats, as many as go over one link."""
        self._pour(over, masked(encode(Beat())))

    def reports(self, over: Callable[[], bool]) -> None:
        """Another state with each report."""
        self._pour(
            over, b"".join(masked(encode(Report(Heartbeat(self._hostname, "485", number % 2)))) for number in range(2))
        )

    def pings(self, over: Callable[[], bool]) -> None:
        """Empty pings, of which six bytes make one."""
        self._pour(over, b"\x89\x80" + bytes(4))

    def silence(self, over: Callable[[], bool]) -> None:
        """Sockets that say nothing, or every now and then a byte of a request."""
        sockets = [self._connected() for _ in range(SOCKETS)]
        for piece in cycle(iter(self._heartbeat[i : i + 1] for i in range(60))):
            if over():
                return
            for dribbling in sockets[::2]:
                with suppress(OSError):
                    self.count += dribbling.send(piece)
            time.sleep(0.05)

    def _connected(self) -> socket.socket:
        made = socket.socket()
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LEAVE_AT_ONCE)
        made.connect_ex(self._address)
        return made

    def _open_and_leave(self, over: Callable[[], bool], said: Callable[[], bytes]) -> None:
        open_now: list[socket.socket] = []
        while not over():
            made = self._connected()
            self.count += 1
            with suppress(OSError):
                made.send(said())
            open_now.append(made)
            if len(open_now) > AT_A_TIME:
                open_now.pop(0).close()

    def _open_again_and_again(
        self, over: Callable[[], bool], first: Callable[[], bytes], then: Callable[[], bytes] | None = None
    ) -> None:
        """Say the one thing at the beginning, and the other, or the same, to whatever is answered."""
        then = then or first
        poll = select.epoll()
        sockets: dict[int, socket.socket] = {}

        def open_one() -> None:
            made = self._connected()
            self.count += 1
            sockets[made.fileno()] = made
            poll.register(made, select.EPOLLOUT | select.EPOLLONESHOT)

        for _ in range(AT_A_TIME):
            open_one()
        while not over():
            for number, event in poll.poll(0.1):
                known = sockets[number]
                try:
                    if event & select.EPOLLOUT:
                        known.send(first())
                    else:
                        if not known.recv(65536):
                            raise ConnectionError
                        known.send(then())
                        self.count += 1
                    poll.modify(known, select.EPOLLIN | select.EPOLLONESHOT)
                except OSError:
                    del sockets[number]
                    known.close()
                    open_one()

    def _pour(self, over: Callable[[], bool], piece: bytes) -> None:
        much = piece * (65536 // len(piece))
        while not over():
            made = socket.create_connection(self._address, timeout=5)
            made.sendall(upgrade(self._key))
            made.recv(1000)
            made.sendall(self._report)
            made.settimeout(0.1)
            for part in _sent_over(made, much):
                self.count += part // len(piece)
                if over():
                    return


def _sent_over(made: socket.socket, much: bytes) -> Iterator[int]:
    """How much is taken each time, until the connection is lost. Answers are read away."""
    left = memoryview(much)
    while True:
        sent = 0
        try:
            sent = made.send(left)
        except TimeoutError:
            pass
        except OSError:
            return
        left = left[sent:] or memoryview(much)
        yield sent
        made.setblocking(False)
        with suppress(OSError):
            while made.recv(1 << 20):
                pass
        made.settimeout(0.1)


def main() -> None:
    host, port, what, key, hostname = sys.argv[1:]
    attack = Attack((host, int(port)), key, hostname)
    looked = [0.0, False]

    def over() -> bool:
        now = time.monotonic()
        if now > looked[0] + 0.05:
            looked[:] = now, bool(select.select([sys.stdin], [], [], 0)[0])
        return bool(looked[1])

    began = time.monotonic()
    getattr(attack, what)(over)
    spent = time.monotonic() - began
    print(json.dumps({"a second": attack.count / spent}), flush=True)
    os._exit(0)  # the kernel closes sockets faster


if __name__ == "__main__":
    main()
