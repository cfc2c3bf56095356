"""Signed requests at the agent's port: whose, for whom, how old, and how often."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from microsip_manager.agent.boundaries import DndResult
from microsip_manager.agent.callers import this_pc_only
from microsip_manager.agent.http_api import create_agent_app
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_clock import DATE_LAG, ServerClock
from microsip_manager.agent.signed_requests import ASK_AGAIN, TELL_EVERY, SignedRequests
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.signature import SIGNATURE, WINDOW, Order, is_signed_answer, signed
from tests.agent.conftest import problem_of
from tests.fakes.clock import HandClock
from tests.fakes.softphone import ScriptedPhone

KEY, OLD_KEY, OTHER_KEY = b"k" * 32, b"o" * 32, b"x" * 32
SERVER = "192.0.2.12"
TARGET = "/api/set_dnd?enabled=true"


class SignedAgent:
    """NIKITA's agent, enrolled with a server at another address that asks it to switch DND on."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.keys = [KEY, OLD_KEY]
        self.phone = ScriptedPhone()
        self.asked_the_time = 0
        self.server_is_there = True
        self.ahead = 0.0
        """Of the server's clock, in seconds."""
        self.board = MessageBoard(SimulatedScreen(), self.clock)
        self.start()

    def start(self) -> None:
        """Begin with nothing in memory, as after a restart."""
        self.server_clock = ServerClock(self.clock)
        self.requests = SignedRequests(
            "NIKITA", lambda: self.keys, self.server_clock, self.clock, self.hear_the_server_now
        )
        self.http = create_agent_app(
            self.phone, self.board, Identity("NIKITA"), may_call=this_pc_only, signed=self.requests
        ).test_client()

    def hear_the_server_now(self) -> None:
        self.asked_the_time += 1
        if self.server_is_there:
            told = self.clock.start.timestamp() + self.clock.monotonic() - 1000.0 + self.ahead
            date = format_datetime(self.clock.start.fromtimestamp(told, self.clock.start.tzinfo), usegmt=True)
            self.server_clock.heard(date, self.clock.monotonic())

    @property
    def time(self) -> int:
        """The server's."""
        return int(self.clock.now().timestamp() + self.ahead)

    def header(self, target: str = TARGET, method: str = "POST", body: bytes = b"", **other: Any) -> str:
        asked = {"key": KEY, "time": self.time, "nonce": secrets.token_hex(16), "hostname": "NIKITA", **other}
        order = Order(method, target, body, asked["hostname"])
        return signed(asked["key"], order, asked["time"], asked["nonce"]).header()

    def ask(self, header: str, target: str = TARGET, method: str = "POST", body: bytes = b"") -> TestResponse:
        return self.http.open(
            target,
            method=method,
            data=body,
            headers={SIGNATURE: header},
            environ_base={"REMOTE_ADDR": SERVER},
        )

    def refused(self, header: str, **request: Any) -> str:
        """Why; nothing was done, and the refusal is not signed."""
        done = len(self.phone.commands)
        response = self.ask(header, **request)
        told = problem_of(response, 403, "bad-signature").detail
        assert len(self.phone.commands) == done
        assert SIGNATURE not in response.headers
        return told


@pytest.fixture
def agent() -> Iterator[SignedAgent]:
    made = SignedAgent()
    made.hear_the_server_now()
    made.clock.forward(DATE_LAG + 1)
    yield made
    made.board.stop()


def test_what_its_server_has_signed_is_carried_out(agent: SignedAgent) -> None:
    assert agent.ask(agent.header()).status_code == 200
    assert agent.ask(agent.header(key=OLD_KEY)).status_code == 200, "the key may just have been changed"

    assert agent.phone.commands == [True, True]


def test_without_a_signature_nobody_else_is_served(agent: SignedAgent) -> None:
    response = agent.http.post(TARGET, environ_base={"REMOTE_ADDR": SERVER})

    assert "127.0.0.1" in problem_of(response, 403, "not-allowed").detail
    assert agent.http.post(TARGET, environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    assert agent.phone.commands == [True]


def test_its_answer_is_signed_also_when_it_tells_of_a_failure(agent: SignedAgent) -> None:
    for outcome, status in ((DndOutcome.APPLIED, 200), (DndOutcome.HUNG, 503)):
        agent.phone.result = DndResult(outcome, None, "in words")
        nonce = secrets.token_hex(16)
        response = agent.ask(agent.header(nonce=nonce))

        assert response.status_code == status
        assert is_signed_answer(KEY, nonce, "NIKITA", status, response.data, response.headers[SIGNATURE])


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"target": "/api/set_dnd?enabled=false"},
        {"target": "/api/set%5fdnd?enabled=true"},
        {"target": "/api/set_dnd?enabled=true&"},
        {"body": b" "},
    ],
)
def test_an_altered_request_is_refused(agent: SignedAgent, changed: dict[str, Any]) -> None:
    assert "not one of NIKITA's server for this request" in agent.refused(agent.header(), **changed)


@pytest.mark.parametrize("changed", [{"key": OTHER_KEY}, {"hostname": "OLGA"}])
def test_the_signature_of_another_server_or_for_another_pc_is_refused(
    agent: SignedAgent, changed: dict[str, Any]
) -> None:
    assert "not one of NIKITA's server" in agent.refused(agent.header(**changed))


@pytest.mark.parametrize("header", ["", "t=1", "v1=" + "0" * 64, "t=-1,n=0,v1=0", "é", "t=1,n=" + "0" * 10_000])
def test_what_is_no_signature_is_refused(agent: SignedAgent, header: str) -> None:
    assert "Expected a signature" in agent.refused(header)


def test_a_repeated_request_is_refused_however_often(agent: SignedAgent) -> None:
    header = agent.header()
    assert agent.ask(header).status_code == 200

    for _ in range(3):
        assert "before" in agent.refused(header)
    assert agent.phone.commands == [True]


def test_a_wrong_signature_does_not_use_up_the_nonce(agent: SignedAgent) -> None:
    nonce = secrets.token_hex(16)

    agent.refused(agent.header(nonce=nonce, key=OTHER_KEY))

    assert agent.ask(agent.header(nonce=nonce)).status_code == 200


@pytest.mark.parametrize("by", [-WINDOW - 1, WINDOW + 2])
def test_a_request_of_another_time_is_refused_and_both_times_are_told(agent: SignedAgent, by: int) -> None:
    agent.clock.forward(1000)

    told = agent.refused(agent.header(time=agent.time + by))

    for moment in (agent.time, agent.time + by):
        assert f"{agent.clock.start.fromtimestamp(moment, agent.clock.start.tzinfo):%H:%M:%SZ}" in told


@pytest.mark.parametrize("by", [-WINDOW + 1, WINDOW - 1])
def test_two_clocks_may_differ_a_little(agent: SignedAgent, by: int) -> None:
    agent.clock.forward(1000)
    agent.hear_the_server_now()

    assert agent.ask(agent.header(time=agent.time + by)).status_code == 200


def test_after_a_restart_nothing_from_before_is_accepted_again(agent: SignedAgent) -> None:
    header = agent.header()
    assert agent.ask(header).status_code == 200

    agent.start()
    agent.hear_the_server_now()

    assert "this agent started at" in agent.refused(header)
    agent.clock.forward(DATE_LAG + 1)
    assert agent.ask(agent.header()).status_code == 200


def test_a_server_whose_clock_is_set_back_cannot_make_old_requests_new(agent: SignedAgent) -> None:
    header = agent.header()
    assert agent.ask(header).status_code == 200
    agent.clock.forward(3600)
    agent.ahead = -3600.0
    agent.hear_the_server_now()

    assert "carried out before" in agent.refused(header)


def test_a_clock_it_does_not_know_it_asks_for(agent: SignedAgent) -> None:
    agent.start()
    agent.clock.forward(DATE_LAG + 1)
    asked = agent.asked_the_time

    assert agent.ask(agent.header()).status_code == 200

    assert agent.asked_the_time == asked + 1


def test_a_server_that_set_its_clock_is_asked_again(agent: SignedAgent) -> None:
    agent.clock.forward(1000)
    agent.ahead = 500.0

    assert agent.ask(agent.header()).status_code == 200


def test_without_the_servers_clock_nothing_is_accepted_and_it_is_asked_now_and_then(agent: SignedAgent) -> None:
    agent.start()
    agent.server_is_there = False
    asked, header = agent.asked_the_time, agent.header()

    for _ in range(20):
        assert "has not heard its server's clock" in agent.refused(header)
    assert agent.asked_the_time == asked + 1

    agent.clock.forward(ASK_AGAIN)
    agent.refused(header)
    assert agent.asked_the_time == asked + 2


def test_a_stranger_cannot_make_it_ask(agent: SignedAgent) -> None:
    agent.start()
    asked = agent.asked_the_time

    agent.refused(agent.header(key=OTHER_KEY))

    assert agent.asked_the_time == asked


def test_an_agent_that_has_not_enrolled_says_so(agent: SignedAgent) -> None:
    agent.keys = []

    assert "has not enrolled" in agent.refused(agent.header())


def test_on_its_own_pc_a_wrong_signature_is_refused_too(agent: SignedAgent) -> None:
    response = agent.http.post(TARGET, headers={SIGNATURE: agent.header(key=OTHER_KEY)})

    problem_of(response, 403, "bad-signature")


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8084"}])
def test_a_signature_does_not_let_a_web_page_in(agent: SignedAgent, headers: dict[str, str]) -> None:
    response = agent.http.post(TARGET, headers={SIGNATURE: agent.header(), **headers})

    problem_of(response, 403, "foreign-origin")
    assert agent.phone.commands == []


def test_a_flood_of_refusals_writes_one_line_a_minute(agent: SignedAgent, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        for _ in range(50):
            agent.refused(agent.header(key=OTHER_KEY))
        agent.clock.forward(TELL_EVERY)

    assert caplog.text.count("NIKITA: a signed request is refused: 192.0.2.12: The signature is not one") == 2
