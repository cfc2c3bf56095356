"""Servers for agents to meet that are not quite ours."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from websockets.sync.server import ServerConnection, serve

from microsip_manager.wire.link import SUBPROTOCOL


@contextmanager
def listening(serve_one: Callable[[socket.socket], object], connections: int = 1) -> Iterator[int]:
    """A port at which this is done with so many connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            for _ in range(connections):
                caller = server.accept()[0]
                with caller, suppress(OSError):
                    serve_one(caller)

        thread = threading.Thread(target=run)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@contextmanager
def linking(
    handle: Callable[[ServerConnection], object],
    subprotocol: str = SUBPROTOCOL,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """A server that opens WebSockets."""

    def run(connection: ServerConnection) -> None:
        handle(connection)

    server = serve(
        run,
        "127.0.0.1",
        0,
        ssl=tls,
        subprotocols=[subprotocol],  # type: ignore[list-item]  # a NewType of str
        compression=None,
        close_timeout=0.1,
    )
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()
