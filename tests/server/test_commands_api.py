"""Settings of MicroSIP and messages to its user, by the server's API."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.errors import AgentRefused
from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.messages import DisplayMessage, MessageOutcome, Severity
from microsip_manager.wire.problems import ProblemCode
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of

SETTING, MESSAGE = "/api/clients/NIKITA/get_setting", "/api/clients/NIKITA/display_message"
ID = "0f3c2a9d5b7e4c18a6d2e0f493b7c581"
REPORT = f"/api/clients/NIKITA/messages/{ID}"


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


def test_settings_by_name(api: TestClient, agents: FakeAgents) -> None:
    answer = api.post(SETTING, json={"section": "Settings", "names": ["denyIncoming"]})

    assert answer.json() == {
        "hostname": "NIKITA",
        "ini": "C:\\MicroSIP\\MicroSIP.ini",
        "section": "Settings",
        "settings": {"denyIncoming": {"present": True, "value": "button"}},
    }
    assert [wish.wanted for wish in agents.wishes] == [["denyIncoming"]]


def test_without_a_body_all_settings_are_asked_for(api: TestClient, agents: FakeAgents) -> None:
    assert api.post(SETTING).status_code == 200
    assert [(wish.section, wish.wanted) for wish in agents.wishes] == [("Settings", None)]


def test_a_message_is_passed_on_with_an_id(api: TestClient, agents: FakeAgents) -> None:
    wish = {"title": "Hi", "text": "one\ntwo", "severity": "error", "timeout": 5, "buttons": ["Yes", "No"]}

    answer = api.post(MESSAGE, json=wish)

    [sent] = agents.messages
    assert answer.json() == {"hostname": "NIKITA", "id": sent.id, "outcome": "shown", "detail": ""}
    assert sent == DisplayMessage("one\ntwo", "Hi", Severity.ERROR, 5, ["Yes", "No"], sent.id)


def test_the_id_of_the_sender_is_kept(api: TestClient) -> None:
    assert api.post(MESSAGE, json={"text": "Hello", "id": ID}).json()["id"] == ID


def test_queued_is_a_success_and_not_shown_is_a_problem(api: TestClient, agents: FakeAgents) -> None:
    agents.message_outcome = MessageOutcome.QUEUED
    assert api.post(MESSAGE, json={"text": "Hello"}).json()["outcome"] == "queued"

    agents.message_outcome = MessageOutcome.NOT_SHOWN
    answer = api.post(MESSAGE, json={"text": "Hello", "id": ID})

    told = answer.json()
    assert (answer.status_code, told["code"]) == (503, "message-not-shown")
    assert (told["outcome"], told["id"], told["hostname"]) == ("not_shown", ID, "NIKITA")


def test_the_button_pressed_is_told(api: TestClient) -> None:
    told = api.get(REPORT).json()

    assert (told["id"], told["state"], told["button"]) == (ID, "answered", "OK")


@pytest.mark.parametrize(("method", "path"), [("POST", SETTING), ("POST", MESSAGE), ("GET", REPORT)])
def test_a_silent_agent_is_unreachable(api: TestClient, agents: FakeAgents, method: str, path: str) -> None:
    agents.silent["NIKITA"] = "no agent runs there"

    answer = api.request(method, path, json={"text": "Hello"} if path == MESSAGE else None)

    told = answer.json()
    assert (answer.status_code, told["code"], told["detail"]) == (504, "unreachable", "no agent runs there")
    assert told["hostname"] == "NIKITA"


def test_a_message_whose_answer_was_lost_can_be_asked_for(api: TestClient, agents: FakeAgents) -> None:
    agents.silent["NIKITA"] = "no agent runs there"

    assert len(api.post(MESSAGE, json={"text": "Hello"}).json()["id"]) == 32


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ProblemCode.UNKNOWN_SETTING, 404),
        (ProblemCode.NOT_RUNNING, 409),
        (ProblemCode.INI_UNREADABLE, 503),
    ],
)
def test_what_an_agent_refuses_is_told_as_it_says(
    api: TestClient, agents: FakeAgents, code: ProblemCode, status: int
) -> None:
    agents.refusing["NIKITA"] = AgentRefused(code, "in words")

    answer = api.post(SETTING)

    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (status, code.value, "in words")


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (SETTING, b"{", "not JSON"),
        (SETTING, b'{"nmaes": ["DND"]}', "nmaes"),
        (SETTING, b'{"names": []}', "$.names"),
        (MESSAGE, b"", "not JSON"),
        (MESSAGE, b"{}", "`text`"),
        (MESSAGE, '{"text": "in\u202evoice"}'.encode(), "$.text"),
    ],
)
def test_a_bad_wish_names_the_field_and_reaches_no_agent(
    api: TestClient, agents: FakeAgents, path: str, body: bytes, said: str
) -> None:
    answer = api.post(path, content=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert agents.asked == []


def test_an_id_that_is_none_reaches_no_agent(api: TestClient, agents: FakeAgents) -> None:
    assert api.get("/api/clients/NIKITA/messages/..%2F..%2Fhealth").status_code in (404, 422)
    assert api.get("/api/clients/NIKITA/messages/0").status_code == 422
    assert agents.asked == []


@pytest.mark.parametrize("path", [SETTING, MESSAGE])
def test_a_body_that_is_too_large_is_refused(api: TestClient, agents: FakeAgents, path: str) -> None:
    assert api.post(path, content=b" " * 100_000).status_code == 413
    assert agents.asked == []


@pytest.mark.parametrize(("method", "path"), [("POST", SETTING), ("POST", MESSAGE), ("GET", REPORT)])
def test_an_unknown_client_is_a_404(api: TestClient, method: str, path: str) -> None:
    answer = api.request(method, path.replace("NIKITA", "NOBODY"), json={"text": "x"} if path == MESSAGE else None)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-client")
