"""NIKITA's agent, asked through the real application without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from microsip_manager.agent.http_api import create_agent_app
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.wire.clients import AgentStatus, decode_agent_status
from microsip_manager.wire.problems import CONTENT_TYPE, Problem, decode_problem
from tests.fakes.clock import HandClock
from tests.fakes.softphone import ScriptedPhone


class Agent:
    """NIKITA's agent: its phone, and who is let in."""

    def __init__(self) -> None:
        self.phone = ScriptedPhone()
        self.clock = HandClock()
        self.screen = SimulatedScreen()
        self.board = MessageBoard(self.screen, HandClock())
        self.refused: set[str] = set()
        self.known_dnd = False
        self.applied = 0
        self.http: FlaskClient = create_agent_app(
            self.phone,
            self.board,
            Identity("NIKITA", 8084, simulated=True),
            may_call=lambda address: address not in self.refused,
            known_dnd=lambda: self.known_dnd,
            applied=self._count,
            monotonic=self.clock.monotonic,
        ).test_client()

    def _count(self) -> None:
        self.applied += 1

    def set_dnd(self, query: str = "", **more: Any) -> TestResponse:
        return self.http.post(f"/api/set_dnd{query}", **more)

    def status(self) -> AgentStatus:
        return decode_agent_status(self.http.get("/api/status").data)


@pytest.fixture
def agent() -> Iterator[Agent]:
    made = Agent()
    yield made
    made.board.stop()


def problem_of(response: TestResponse, status: int, code: str) -> Problem:
    assert response.content_type == CONTENT_TYPE
    told = decode_problem(response.data)
    assert (response.status_code, told.status, told.code) == (status, status, code)
    return told
