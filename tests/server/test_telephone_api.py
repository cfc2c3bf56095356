"""`POST /api/clients/{hostname}/telephone`."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.problems import CODE_OF_TELEPHONE, STATUS_OF
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of

PATH = "/api/clients/NIKITA/telephone"


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


def test_a_command_is_passed_on_once(api: TestClient, agents: FakeAgents) -> None:
    answer = api.post(PATH, json={"action": "transfer", "number": "102"})

    assert answer.json() == {"hostname": "NIKITA", "action": "transfer", "outcome": "taken", "detail": ""}
    assert agents.telephoned == [TelephoneCommand(TelephoneAction.TRANSFER, number="102")]


@pytest.mark.parametrize("outcome", TelephoneOutcome)
def test_every_outcome_is_a_success_or_a_problem_that_carries_it(
    api: TestClient, agents: FakeAgents, outcome: TelephoneOutcome
) -> None:
    agents.telephone_outcomes["NIKITA"] = (outcome, "in words")

    answer = api.post(PATH, json={"action": "hang_up"})

    told = answer.json()
    assert (told["hostname"], told["outcome"], told["detail"]) == ("NIKITA", outcome.value, "in words")
    if outcome.is_success:
        assert answer.status_code == 200
    else:
        code = CODE_OF_TELEPHONE[outcome]
        assert (answer.status_code, told["code"]) == (STATUS_OF[code], code.value)
    assert len(agents.telephoned) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "not JSON"),
        (b'{"action": "dial", "number": "101 Hello"}', "$.number"),
        (b'{"action": "answer", "number": "101"}', "$.number"),
        (b'{"action": "password"}', "$.action"),
    ],
)
def test_a_bad_command_names_the_field_and_reaches_no_agent(
    api: TestClient, agents: FakeAgents, body: bytes, field: str
) -> None:
    answer = api.post(PATH, content=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert field in answer.json()["detail"]
    assert agents.asked == []


def test_an_unknown_client_and_a_body_too_large_are_refused(api: TestClient, agents: FakeAgents) -> None:
    unknown = api.post(PATH.replace("NIKITA", "NOBODY"), json={"action": "answer"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-client")
    assert api.post(PATH, content=b" " * 100_000).status_code == 413

    assert agents.asked == []


def test_the_log_masks_the_number_and_leaves_the_tones_out(api: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        api.post(PATH, json={"action": "dial", "number": "+74950000042"})
        api.post(PATH, json={"action": "dtmf", "digits": "908172"})

    ours = [record.getMessage() for record in caplog.records if record.name.endswith("server.fleet")]
    assert ours == ["NIKITA: telephone dial ***042: taken", "NIKITA: telephone dtmf -: taken"]
