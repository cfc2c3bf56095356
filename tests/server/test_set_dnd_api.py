"""`POST /api/clients/{hostname}/set_dnd`."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.commands import DndOutcome
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


@pytest.mark.parametrize("word", ["true", "1", "True"])
def test_on_as_the_first_description_writes_it(api: TestClient, agents: FakeAgents, word: str) -> None:
    answer = api.post(f"/api/clients/NIKITA/set_dnd?enabled={word}")

    assert answer.json() == {"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": ""}
    assert agents.dnd["NIKITA"] is True


@pytest.mark.parametrize("word", ["false", "0", "False"])
def test_off_as_the_first_description_writes_it(api: TestClient, agents: FakeAgents, word: str) -> None:
    agents.dnd["NIKITA"] = True

    assert api.post(f"/api/clients/NIKITA/set_dnd?enabled={word}").json()["outcome"] == "applied"
    assert agents.dnd["NIKITA"] is False


def test_json_does_the_same(api: TestClient, agents: FakeAgents) -> None:
    assert api.post("/api/clients/NIKITA/set_dnd", json={"enabled": True}).json()["outcome"] == "applied"
    assert agents.dnd["NIKITA"] is True


def test_twice_is_harmless(api: TestClient) -> None:
    api.post("/api/clients/NIKITA/set_dnd?enabled=true")

    assert api.post("/api/clients/NIKITA/set_dnd?enabled=true").json()["outcome"] == "already"


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ("?enabled=maybe", b"", "enabled: expected true, false, 1, 0, True or False"),
        ("?enabled=", b"", "enabled: expected true"),
        ("", b"", "enabled: expected true"),
        ("?enable=true", b"", "enabled: expected true"),
        ("", b"{", "not JSON"),
        ("", b'{"enabled": "yes"}', "Expected `bool`, got `str` - at `$.enabled`"),
        ("", b"{}", "missing required field `enabled`"),
        ("?enabled=true", b'{"enabled": false}', "contradict"),
    ],
)
def test_a_bad_wish_names_the_field_and_reaches_no_phone(
    api: TestClient, agents: FakeAgents, query: str, body: bytes, said: str
) -> None:
    answer = api.post(f"/api/clients/NIKITA/set_dnd{query}", content=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert agents.asked == []


def test_a_body_that_is_too_large_is_refused(api: TestClient, agents: FakeAgents) -> None:
    answer = api.post("/api/clients/NIKITA/set_dnd?enabled=true", content=b" " * 100_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert agents.asked == []


def test_an_unknown_client_is_a_404(api: TestClient) -> None:
    assert api.post("/api/clients/NOBODY/set_dnd?enabled=true").status_code == 404


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (DndOutcome.UNSUPPORTED, 409),
        (DndOutcome.NOT_RUNNING, 409),
        (DndOutcome.DENIED, 409),
        (DndOutcome.HUNG, 503),
        (DndOutcome.UNREACHABLE, 504),
        (DndOutcome.TIMEOUT, 504),
    ],
)
def test_a_command_that_failed_is_a_problem_with_its_outcome(
    api: TestClient, agents: FakeAgents, outcome: DndOutcome, status: int
) -> None:
    agents.failing["NIKITA"] = outcome, "the reason in words"

    answer = api.post("/api/clients/NIKITA/set_dnd?enabled=true")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["outcome"], problem["detail"]) == (outcome.value, "the reason in words")
    assert problem["hostname"] == "NIKITA"
