"""The least a server could do, under the very uvicorn of ours: `python -m benchmarks.bare_server [ROWS.json]`.

Each text over a WebSocket is answered by a constant as long as our server's answer to a heartbeat. POST reads the body
and answers what our server answers to a heartbeat; to `RELAY` it is handed on over a WebSocket before. GET encodes the
rows of the file given, anew for each request. Nothing is checked, kept or routed. Texts take the short way of ours.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from pathlib import Path
from unittest import mock

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

import api_config
from microsip_manager.server import main as server_main
from microsip_manager.server.heartbeat_door import ACCEPTED
from microsip_manager.server.link_door import SHORT_WAY, ShortWay
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import SUBPROTOCOL, Heard

JSON = (b"content-type", b"application/json")
RELAY = "/relay"
ASKED = b"as long as an order to switch DND, with an id, a path and a deadline: " * 2
HEARD = encode(Heard(123456.789))


def bare_app(rows: list[ClientState]) -> ASGIApp:
    encode = msgspec.json.Encoder().encode
    accepted = {
        "type": "http.response.start",
        "status": 200,
        "headers": [JSON, (b"content-length", str(len(ACCEPTED)).encode())],
    }
    accepted_body = {"type": "http.response.body", "body": ACCEPTED}

    relay = Relay()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept", "subprotocol": None if scope["path"] == RELAY else SUBPROTOCOL})
            way: ShortWay = scope["extensions"][SHORT_WAY]
            if scope["path"] == RELAY:
                relay.keep(way)
            else:
                way.listen(lambda _: way.write(HEARD), limited=False)
            await receive()  # its end
        elif scope["path"] == RELAY:
            await relay.ask()
            await send(accepted)
            await send(accepted_body)
        elif scope["method"] == "POST":
            message = await receive()
            body = message["body"]
            while message["more_body"]:
                message = await receive()
                body += message["body"]
            await send(accepted)
            await send(accepted_body)
        else:
            body = encode(rows)
            headers = [JSON, (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


class Relay:
    """Hands each request on to the one that keeps a WebSocket to `RELAY`, and waits for what it says to it."""

    def __init__(self) -> None:
        self._way: ShortWay | None = None
        self._waiting: deque[asyncio.Future[bytes]] = deque()

    def keep(self, way: ShortWay) -> None:
        self._way = way
        way.listen(lambda text: self._waiting.popleft().set_result(text), limited=False)

    async def ask(self) -> None:
        assert self._way is not None, "nobody keeps the WebSocket"
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._way.write(ASKED)
        await answer


async def _live(receive: Receive, send: Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


def main(argv: list[str]) -> int:
    rows = msgspec.json.decode(Path(argv[0]).read_bytes(), type=list[ClientState]) if argv else []
    # The real main with another application in it: same sockets, loop, parser, logging and modules in memory, so that
    # the difference measured is the application and nothing else, whatever main comes to pass to uvicorn.
    with mock.patch.object(server_main, "create_app", return_value=bare_app(rows)):
        return server_main.main(api_config, [])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
