"""The short way of texts over a link, beside uvicorn's own, which takes all the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState
from websockets.frames import Close, Frame, Opcode

from microsip_manager.server import link_protocol
from microsip_manager.server.link_door import SHORT_WAY, ShortWay
from microsip_manager.server.link_protocol import BURST, LinkProtocol, first_text, framed

HANDSHAKE = (
    b"GET /api/agent HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2l4dGVlbiBieXRlcyEhIQ==\r\n\r\n"
)
LARGEST = 100_000


class Connection(asyncio.Transport):
    """What the server writes, and whether it reads."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.17", 5000), "sockname": ("192.0.2.1", 8083)})
        self.written = b""
        self.reads = True
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


class Agent:
    """The other end of a link that the server has just accepted."""

    def __init__(self, *, limited: bool = False) -> None:
        self._limited = limited
        self.heard: list[str] = []
        """The short way."""
        self.received: list[Message] = []
        """The long way."""
        self.connection = Connection()
        config = uvicorn.Config(
            self._app, interface="asgi3", log_config=None, ws_max_size=LARGEST, ws_per_message_deflate=False
        )
        config.load()
        self.protocol = LinkProtocol(config=config, server_state=ServerState(), app_state={})
        self.protocol.connection_made(self.connection)

    async def open(self) -> None:
        self.protocol.data_received(HANDSHAKE)
        await self.turn()
        assert self.connection.written.startswith(b"HTTP/1.1 101 ")
        self.connection.written = b""

    def say(self, *frames: bytes, at_a_time: int = LARGEST) -> None:
        data = b"".join(frames)
        for start in range(0, len(data), at_a_time):
            self.protocol.data_received(data[start : start + at_a_time])

    async def turn(self) -> None:
        """As long as the server has something to do."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def end(self) -> None:
        self.protocol.connection_lost(None)
        await self.turn()
        assert not self.protocol.tasks

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        way: ShortWay = scope["extensions"][SHORT_WAY]

        def hear(text: bytes) -> None:
            if text == b"no":
                raise ValueError(text)
            self.heard.append(text.decode())
            way.write(b"heard " + text)

        way.listen(hear, limited=self._limited)
        while (message := await receive())["type"] != "websocket.disconnect":
            self.received.append(message)
            if message.get("text") == "ask":
                await send({"type": "websocket.send", "text": "asked"})
            if message.get("text") == "no":
                await send({"type": "websocket.close", "code": 4400})
        self.received.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.received if "text" in message]


def linked(talk: Callable[[Agent], Coroutine[Any, Any, None]], *, limited: bool = False) -> Agent:
    async def whole() -> Agent:
        agent = Agent(limited=limited)
        await agent.open()
        await talk(agent)
        await agent.end()
        return agent

    return asyncio.run(whole())


def text(said: str | bytes) -> bytes:
    data = said.encode() if isinstance(said, str) else said
    return Frame(Opcode.TEXT, data).serialize(mask=True)


@pytest.mark.parametrize("at_a_time", [1, 2, 5, 127, LARGEST])
def test_texts_are_heard_at_once_however_the_network_cuts_them(at_a_time: int) -> None:
    said = ["one", "", "ж" * 60, "y" * 125, "z" * 126, "w" * 40_000]

    async def talk(agent: Agent) -> None:
        agent.say(*(text(one) for one in said), at_a_time=at_a_time)
        assert agent.heard == said

    agent = linked(talk)

    assert agent.connection.written == b"".join(framed(f"heard {one}".encode()) for one in said)
    assert agent.texts == []


def test_what_is_no_whole_text_goes_the_long_way_and_so_does_all_behind_it() -> None:
    ping = Frame(Opcode.PING, b"?").serialize(mask=True)
    halves = Frame(Opcode.TEXT, b"two ", fin=False), Frame(Opcode.CONT, b"halves")

    async def talk(agent: Agent) -> None:
        agent.say(text("one"), ping, *(half.serialize(mask=True) for half in halves), text("three"))
        await agent.turn()

    agent = linked(talk)

    assert agent.heard == ["one"]
    assert agent.texts == ["two halves", "three"]
    assert b"\x8a\x01?" in agent.connection.written, "the pong"


def test_a_text_that_is_not_taken_at_once_is_left_to_the_application() -> None:
    async def talk(agent: Agent) -> None:
        agent.say(text("one"), text("no"), text("after it"))
        await agent.turn()

    agent = linked(talk)

    assert agent.heard == ["one"]
    assert agent.texts[0] == "no"
    assert framed(b"heard one") + b"\x88\x02\x11\x30" in agent.connection.written, "the close with its code"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (text(b"\xff\xfe"), 1007),
        (text("x" * (LARGEST + 1)), 1009),
        (b"\x81\x03abc", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (Frame(Opcode.CLOSE, Close(1001, "").serialize()).serialize(mask=True), 1001),
    ],
    ids=["no UTF-8", "too large", "without a mask", "no such frame", "leaves"],
)
def test_the_end_is_told_as_uvicorn_tells_it(frame: bytes, code: int) -> None:
    async def talk(agent: Agent) -> None:
        agent.say(text("one"), frame)
        await agent.turn()

    agent = linked(talk)

    assert agent.heard == ["one"]
    assert agent.received[-1]["code"] == code
    assert b"\x88" in agent.connection.written
    assert code.to_bytes(2) in agent.connection.written
    assert agent.connection.closed


def test_a_large_text_is_received_whole() -> None:
    async def talk(agent: Agent) -> None:
        agent.say(text("x" * 70_000), at_a_time=1000)
        await agent.turn()

    assert [len(one) for one in linked(talk).texts] == [70_000]


def test_what_the_application_sends_is_framed_alike() -> None:
    async def talk(agent: Agent) -> None:
        agent.say(Frame(Opcode.PING, b"").serialize(mask=True), text("ask"))
        await agent.turn()

    assert linked(talk).connection.written.endswith(framed(b"asked"))


def test_an_agent_that_takes_no_answers_is_not_heard_until_it_does() -> None:
    async def talk(agent: Agent) -> None:
        agent.protocol.pause_writing()
        assert not agent.connection.reads

        agent.protocol.resume_writing()
        assert agent.connection.reads

    linked(talk)


PING = Frame(Opcode.PING, b"").serialize(mask=True)


@pytest.mark.parametrize(
    "frame", [text("again"), PING, Frame(Opcode.PONG, b"").serialize(mask=True)], ids=["text", "ping", "pong"]
)
def test_an_agent_that_says_too_much_is_held_back_and_loses_nothing(
    frame: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_protocol, "HELD_FOR", 0.01)

    async def talk(agent: Agent) -> None:
        agent.say(frame * 2000, text("last"))
        assert not agent.connection.reads
        assert len(agent.heard) <= BURST + 10
        assert agent.connection.written.count(b"\x8a\x00") < 1000

        monkeypatch.setattr(link_protocol, "PER_SECOND", 100_000.0)
        async with asyncio.timeout(10):
            while not agent.connection.reads:
                await asyncio.sleep(0.01)

    agent = linked(talk, limited=True)

    assert [*agent.heard, *agent.texts][-1] == "last"
    assert agent.heard.count("again") == (2000 if frame[0] == 0x81 else 0)
    assert agent.connection.written.count(b"\x8a\x00") == (2000 if frame[0] == 0x89 else 0)


def test_what_comes_while_a_link_is_held_back_is_not_read_on() -> None:
    async def talk(agent: Agent) -> None:
        agent.say(text("again") * (int(BURST) + 10))
        agent.connection.resume_reading()  # as uvicorn does when what it had was taken
        agent.say(text("later"))
        assert not agent.connection.reads
        assert "later" not in agent.heard

    linked(talk, limited=True)


def test_answers_that_were_asked_for_are_taken_however_many() -> None:
    async def talk(agent: Agent) -> None:
        for _ in range(int(BURST) * 3):
            assert agent.protocol.offer(b"ask")
            agent.say(text("answer"))
        assert agent.connection.reads

    assert linked(talk, limited=True).heard == ["answer"] * int(BURST) * 3


def test_without_accounts_nobody_is_held_back() -> None:
    async def talk(agent: Agent) -> None:
        agent.say(text("again") * 2000)
        assert agent.connection.reads

    assert len(linked(talk).heard) == 2000


def test_a_connection_that_is_closing_is_left_alone() -> None:
    async def talk(agent: Agent) -> None:
        agent.connection.close()
        agent.protocol.pause_writing()
        assert agent.connection.reads

        agent.connection.reads = False
        agent.protocol.resume_writing()
        assert not agent.connection.reads

    linked(talk)


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_a_text_is_framed_as_the_library_frames_it(length: int) -> None:
    data = b"x" * length

    assert framed(data) == Frame(Opcode.TEXT, data).serialize(mask=False)


def test_the_first_text_is_known_by_its_end() -> None:
    whole = text("x" * 200)

    assert first_text(whole + b"more") == (whole[4:], len(whole))
    assert all(first_text(whole[:cut]) == (b"", 0) for cut in range(1, len(whole)))
