"""A network between the agents and their server that may not let WebSockets through."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum

CHUNK = 65536


class Upgrade(Enum):
    """What becomes of a request to open a WebSocket."""

    LET_THROUGH = "let through"
    REFUSE = "answered with 403, as a filter does"
    CUT = "the connection is cut"
    SWALLOW = "nothing ever answers"


class Proxy:
    """Passes on connections to a server, and looks at the first request of each."""

    def __init__(self, port: int, upgrade: Upgrade) -> None:
        self.upgrade = upgrade
        self.upgrades_met = 0
        self._to = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut_all(self) -> None:
        """End every connection there is."""
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):  # it has ended by itself
                    one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, run: object, *args: object) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                caller = self._listening.accept()[0]
            except OSError:
                return
            self._start(self._serve, caller)

    def _serve(self, caller: socket.socket) -> None:
        with self._kept(caller), suppress(OSError):
            first = caller.recv(CHUNK)
            if b"upgrade: websocket" in first.lower():
                self.upgrades_met += 1
                if self._stop_upgrade(caller):
                    return
            if first:
                self._join(caller, first)

    def _stop_upgrade(self, caller: socket.socket) -> bool:
        match self.upgrade:
            case Upgrade.REFUSE:
                caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            case Upgrade.SWALLOW:
                while caller.recv(CHUNK):
                    pass
        return self.upgrade is not Upgrade.LET_THROUGH

    def _join(self, caller: socket.socket, first: bytes) -> None:
        with self._kept(socket.create_connection(self._to)) as server:
            server.sendall(first)
            back = threading.Thread(target=_pass_on, args=(server, caller), daemon=True)
            back.start()
            _pass_on(caller, server)
            back.join()

    def _kept(self, one: socket.socket) -> _Kept:
        return _Kept(one, self._sockets, self._lock)


class _Kept:
    """A socket that can be cut while it is open, and is closed in the end."""

    def __init__(self, one: socket.socket, among: set[socket.socket], lock: threading.Lock) -> None:
        self._one = one
        self._among = among
        self._lock = lock

    def __enter__(self) -> socket.socket:
        with self._lock:
            self._among.add(self._one)
        return self._one

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._among.discard(self._one)
        self._one.close()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    """Until the source ends; then the other side is told."""
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            to.sendall(chunk)
    for one in (source, to):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
