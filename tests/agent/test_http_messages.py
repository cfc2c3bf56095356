"""`POST /api/display_message` and `GET /api/messages/{id}` of the agent."""

from __future__ import annotations

from typing import Any

from microsip_manager.agent.message_board import MOST_WAITING
from tests.agent.conftest import Agent, problem_of
from tests.fleet.processes import wait_for


def display(agent: Agent, **fields: Any) -> Any:
    response = agent.http.post("/api/display_message", json={"text": "Hello", **fields})
    assert response.status_code == 200, response.data
    return response.json


def test_shown_then_queued_and_the_button_is_reported(agent: Agent) -> None:
    first, second = display(agent, buttons=["Yes", "No"]), display(agent)
    assert (first["hostname"], first["outcome"], second["outcome"]) == ("NIKITA", "shown", "queued")

    agent.screen.press("Yes")

    def report() -> Any:
        told = agent.http.get(f"/api/messages/{first['id']}").json
        return told if told and told["state"] == "answered" else None

    told = wait_for("the button is reported", report)
    assert (told["hostname"], told["id"], told["button"]) == ("NIKITA", first["id"], "Yes")
    assert told["queued_at"] <= told["shown_at"] <= told["ended_at"]


def test_one_that_is_not_shown_is_a_problem_with_its_id(agent: Agent) -> None:
    for _ in range(MOST_WAITING + 1):
        display(agent)

    told = problem_of(agent.http.post("/api/display_message", json={"text": "x"}), 503, "message-not-shown")

    assert told.outcome == "not_shown"
    assert told.id is not None
    state = agent.http.get(f"/api/messages/{told.id}").json
    assert state is not None
    assert state["state"] == "not_shown"


def test_an_unknown_id_is_a_404(agent: Agent) -> None:
    problem_of(agent.http.get("/api/messages/0"), 404, "unknown-message")


def test_one_for_another_pc_or_that_is_none_is_refused_and_not_shown(agent: Agent) -> None:
    wrong = agent.http.post("/api/display_message", json={"text": "x", "hostname": "OLGA"})
    problem_of(wrong, 409, "wrong-client")
    bad = agent.http.post("/api/display_message", json={"text": "x\u202e"})
    assert "$.text" in problem_of(bad, 422, "bad-message").detail
    problem_of(agent.http.post("/api/display_message"), 422, "bad-message")

    assert agent.screen.shown is None
