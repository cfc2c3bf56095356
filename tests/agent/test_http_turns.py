"""A command that had to wait for too long is answered and not carried out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from microsip_manager.agent.boundaries import DndResult
from microsip_manager.agent.environ_keys import READ_AT, SENDER_LEFT
from microsip_manager.agent.listener import Listener
from microsip_manager.wire.commands import DndOutcome
from tests.agent.conftest import Agent, problem_of

COMMANDS: list[tuple[str, Any]] = [
    ("/api/set_dnd", {"enabled": True}),
    ("/api/telephone", {"action": "hold"}),
    ("/api/display_message", {"text": "Hello"}),
    ("/api/get_setting", {"name": "denyIncoming"}),
]
each_command = pytest.mark.parametrize(("path", "body"), COMMANDS)


def send(agent: Agent, path: str, body: Any, seconds: str, *, waited: float = 0.0, left: bool = False) -> TestResponse:
    """Have the agent take up a command that has waited since it was read, and whose sender may have left."""
    environ = {READ_AT: agent.clock.monotonic() - waited, SENDER_LEFT: lambda: left}
    return agent.http.post(path, json=body, headers={"Command-Seconds": seconds}, environ_overrides=environ)


def carried_out(agent: Agent) -> int:
    return len(agent.phone.commands) + len(agent.phone.telephoned) + (agent.screen.shown is not None)


@each_command
def test_a_command_whose_time_is_over_is_answered_so_and_not_carried_out(agent: Agent, path: str, body: Any) -> None:
    told = problem_of(send(agent, path, body, "4.9", waited=5.0), 504, "timeout")

    assert told.outcome == "timeout"
    assert (carried_out(agent), agent.applied) == (0, 0)


@each_command
def test_a_command_whose_sender_has_left_is_not_carried_out(agent: Agent, path: str, body: Any) -> None:
    problem_of(send(agent, path, body, "5", left=True), 504, "timeout")

    assert carried_out(agent) == 0


@each_command
def test_a_command_in_time_is_carried_out(agent: Agent, path: str, body: Any) -> None:
    assert send(agent, path, body, "5.1", waited=5.0).status_code == 200


def test_who_does_not_say_how_long_is_served_whenever_it_comes(agent: Agent) -> None:
    environ = {READ_AT: agent.clock.monotonic() - 3600, SENDER_LEFT: lambda: True}

    assert agent.set_dnd("?enabled=1", environ_overrides=environ).status_code == 200


@pytest.mark.parametrize("seconds", ["soon", "", "nan", "5 s"])
def test_a_time_that_is_none_is_named(agent: Agent, seconds: str) -> None:
    told = problem_of(send(agent, "/api/set_dnd", {"enabled": True}, seconds), 422, "bad-message")

    assert "`Command-Seconds`" in told.detail
    assert carried_out(agent) == 0


@pytest.mark.parametrize("first", ["/api/set_dnd", "/api/telephone"])
def test_a_command_waits_for_the_one_before_it_and_no_longer_than_its_time(agent: Agent, first: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def takes_long(*_: object) -> Any:
        begun.set()
        assert go_on.wait(10)
        return DndResult(DndOutcome.APPLIED, True) if first == "/api/set_dnd" else agent.phone.telephone_result

    setattr(agent.phone, first.rpartition("/")[2], takes_long)
    body = dict(COMMANDS)[first]
    busy = threading.Thread(target=agent.http.application.test_client().post, args=(first,), kwargs={"json": body})
    busy.start()
    assert begun.wait(10)

    other = "/api/telephone" if first == "/api/set_dnd" else "/api/set_dnd"
    problem_of(send(agent, other, dict(COMMANDS)[other], "0.05"), 504, "timeout")
    assert carried_out(agent) == 0

    go_on.set()
    busy.join()
    assert send(agent, other, dict(COMMANDS)[other], "5").status_code == 200


class Port:
    """The agent's real port with an application that tells what it finds in the environment."""

    def __init__(self) -> None:
        self.now = 100.0
        self.read = threading.Event()
        self.taken_up, self.may_answer = threading.Event(), threading.Event()
        self.environ: dict[str, Any] = {}
        self.listener = Listener(self._app, [socket.create_server(("127.0.0.1", 0))], self._monotonic)
        self.listener.start()
        self.client = socket.create_connection(("127.0.0.1", self.listener.port), 10)

    def _monotonic(self) -> float:
        self.read.set()
        return self.now

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.environ = environ
        self.taken_up.set()
        assert self.may_answer.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return []


@pytest.fixture
def port() -> Iterator[Port]:
    opened = Port()
    yield opened
    opened.may_answer.set()
    opened.client.close()
    opened.listener.stop()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


def test_the_time_begins_when_the_head_of_the_request_has_been_read(port: Port) -> None:
    port.client.sendall(HEAD)
    assert port.read.wait(10)
    port.now = 107.0
    port.client.sendall(b"{}")

    assert port.taken_up.wait(10)
    assert port.environ[READ_AT] == 100.0


def test_whether_the_sender_has_left_is_known_while_its_request_is_at_hand(port: Port) -> None:
    port.client.sendall(HEAD + b"{}")
    assert port.taken_up.wait(10)
    assert not port.environ[SENDER_LEFT]()

    port.client.shutdown(socket.SHUT_WR)
    for _ in range(10_000):
        if port.environ[SENDER_LEFT]():
            return
    pytest.fail("the end of the connection did not show")
