"""The agent's HTTP API, asked through the real application without a socket."""

from __future__ import annotations

import json

import pytest

from microsip_manager.agent.boundaries import CLOSED, DndResult, PhoneView, Trouble
from microsip_manager.wire.clients import AgentStatus
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome, SetDnd, decode_dnd_answer
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import CODE_OF_OUTCOME, STATUS_OF
from tests.agent.conftest import Agent, problem_of


def test_its_health_names_the_pc(agent: Agent) -> None:
    response = agent.http.get("/health")

    assert response.status_code == 200
    assert response.json == {"status": "ok", "hostname": "NIKITA", "agent_version": "0.1.0", "simulated": True}


def test_the_status_is_what_a_look_shows(agent: Agent) -> None:
    agent.phone.view = PhoneView(running=True, dnd=True, extension="485")

    assert agent.status() == AgentStatus("NIKITA", "485", PhoneStatus.DND, True, True, "0.1.0", simulated=True)


def test_a_closed_microsip_is_offline(agent: Agent) -> None:
    agent.phone.view = CLOSED

    status = agent.status()

    assert (status.status, status.microsip_running, status.dnd) == (PhoneStatus.OFFLINE, False, None)
    assert status.detail == "MicroSIP is not running"


def test_while_it_hangs_the_last_known_dnd_counts_and_the_button_is_not_known(agent: Agent) -> None:
    agent.phone.view = PhoneView(True, None, "485", "it does not answer", Trouble.HUNG)
    agent.known_dnd = True

    status = agent.status()

    assert (status.status, status.dnd, status.detail) == (PhoneStatus.DND, None, "it does not answer")


def test_a_detail_too_long_for_the_wire_is_cut(agent: Agent) -> None:
    agent.phone.view = PhoneView(True, False, "485", "x" * 2000)
    agent.phone.result = DndResult(DndOutcome.APPLIED, True, "x" * 2000)

    assert len(agent.status().detail) == 500
    assert len(decode_dnd_answer(agent.set_dnd("?enabled=1").data).detail) == 500


@pytest.mark.parametrize(
    ("word", "enabled"),
    [("true", True), ("True", True), ("1", True), ("false", False), ("False", False), ("0", False)],
)
def test_dnd_is_set_by_the_query_as_on_the_server(agent: Agent, word: str, enabled: bool) -> None:
    response = agent.set_dnd(f"?enabled={word}")

    assert response.status_code == 200
    assert decode_dnd_answer(response.data) == DndAnswer("NIKITA", DndOutcome.APPLIED, enabled)
    assert agent.phone.commands == [enabled]


@pytest.mark.parametrize("hostname", [None, "NIKITA", "nikita"])
def test_dnd_is_set_by_json(agent: Agent, hostname: str | None) -> None:
    response = agent.set_dnd(data=encode(SetDnd(True, hostname)))

    assert response.status_code == 200
    assert agent.phone.commands == [True]
    assert agent.applied == 1


def test_a_command_for_another_pc_is_refused(agent: Agent) -> None:
    told = problem_of(agent.set_dnd(data=encode(SetDnd(True, "OLGA"))), 409, "wrong-client")

    assert "for OLGA" in told.detail
    assert agent.phone.commands == []


@pytest.mark.parametrize("outcome", CODE_OF_OUTCOME)
def test_each_failed_outcome_is_a_problem_that_carries_it(agent: Agent, outcome: DndOutcome) -> None:
    agent.phone.result = DndResult(outcome, None, "in words")
    code = CODE_OF_OUTCOME[outcome]

    told = problem_of(agent.set_dnd("?enabled=true"), STATUS_OF[code].value, code.value)

    assert (told.outcome, told.hostname, told.detail) == (outcome.value, "NIKITA", "in words")


@pytest.mark.parametrize(
    ("query", "body", "words"),
    [
        ("", b"", "send `?enabled=true` or a JSON body"),
        ("?enabled=maybe", b"", "`?enabled`"),
        ("?enabled=", b"", "`?enabled`"),
        ("?enabled=true&enabled=false", b"", "once"),
        ("?enabled=true", b'{"enabled":false}', "once"),
        ("", b"{", "not JSON"),
        ("", b"\xff", "not JSON"),
        ("", b'{"enabled":"yes"}', "`$.enabled`"),
        ("", b'{"enabled":1}', "`$.enabled`"),
        ("", b"{}", "`enabled`"),
        ("", b'{"enabled":true,"hostname":"a/b"}', "$.hostname"),
        ("", b"[" * 16000, ""),
    ],
)
def test_a_command_that_is_none_names_what_is_wrong_and_changes_nothing(
    agent: Agent, query: str, body: bytes, words: str
) -> None:
    told = problem_of(agent.set_dnd(query, data=body), 422, "bad-message")

    assert words in told.detail
    assert agent.phone.commands == []


def test_a_body_too_large_is_refused(agent: Agent) -> None:
    problem_of(agent.set_dnd(data=b"x" * (COMMAND_LIMIT + 1)), 413, "too-large")
    problem_of(agent.set_dnd("?enabled=true", data=b"x" * (COMMAND_LIMIT + 1)), 413, "too-large")

    assert agent.phone.commands == []


def test_unknown_paths_and_methods_are_problems_too(agent: Agent) -> None:
    problem_of(agent.http.get("/api/nothing"), 404, "not-found")
    response = agent.http.get("/api/set_dnd")
    problem_of(response, 405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


def test_an_error_of_our_own_shows_nothing_of_itself_but_is_logged(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    agent.phone.error = ZeroDivisionError("secret")

    response = agent.http.get("/api/status")

    problem_of(response, 500, "internal")
    assert b"secret" not in response.data
    assert "NIKITA: GET /api/status failed" in caplog.text
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/api/status"),
        ("POST", "/api/set_dnd"),
        ("POST", "/api/get_setting"),
        ("POST", "/api/display_message"),
        ("GET", "/api/messages/0"),
    ],
)
def test_strangers_are_refused_everywhere(agent: Agent, method: str, path: str) -> None:
    agent.refused.add("192.0.2.99")

    response = agent.http.open(f"{path}?enabled=true", method=method, environ_base={"REMOTE_ADDR": "192.0.2.99"})

    told = problem_of(response, 403, "not-allowed")
    assert "192.0.2.99" in told.detail
    assert agent.phone.commands == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_web_page_cannot_switch_the_phone(agent: Agent, headers: dict[str, str]) -> None:
    problem_of(agent.set_dnd("?enabled=true", headers=headers), 403, "foreign-origin")
    problem_of(agent.http.options("/api/set_dnd", headers=headers), 403, "foreign-origin")

    assert agent.phone.commands == []


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_an_address_typed_into_the_browser_is_answered(agent: Agent, site: str) -> None:
    assert agent.http.get("/api/status", headers={"Sec-Fetch-Site": site}).status_code == 200


def test_every_answer_is_json(agent: Agent) -> None:
    for path in ("/health", "/api/status", "/nothing"):
        json.loads(agent.http.get(path).data)


def test_a_web_page_that_points_its_own_name_here_reads_nothing(agent: Agent) -> None:
    response = agent.http.get("/api/status", headers={"Host": "evil.example:8084"})

    problem_of(response, 403, "foreign-origin")
