"""An authority and certificates of a house, and a server that speaks TLS with them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from microsip_manager.server.tls.keeper import context_of
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.tls.names import names_of

HERE = ("localhost", "127.0.0.1")


def house(folder: Path, *names: str, now: datetime | None = None) -> TlsFolder:
    """A folder with an authority and a certificate for these names, else for this machine by loopback."""
    made = TlsFolder(folder / "tls")
    made.make(names_of(names or HERE), now or datetime.now(UTC))
    return made


def context(made: TlsFolder) -> ssl.SSLContext:
    return context_of(made.server_file, made.server_file)


@contextmanager
def tls_server(
    made: TlsFolder, body: bytes = b"{}", *, status: str = "200 OK", time: datetime | None = None
) -> Iterator[str]:
    """Answers each request this way; `time` is what its clock says. Gives its address."""
    date = format_datetime(time or datetime.now(UTC), usegmt=True)
    answer = f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    ours = context(made)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                caller, _ = listening.accept()
                # Whoever does not trust it says so and leaves.
                with caller, suppress(OSError):
                    caller.settimeout(5)
                    with ours.wrap_socket(caller, server_side=True) as wrapped:
                        while wrapped.recv(65536):
                            wrapped.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield f"https://127.0.0.1:{port}"
        finally:
            ended.set()
            socket.create_connection(("127.0.0.1", port), 5).close()
            thread.join(10)
