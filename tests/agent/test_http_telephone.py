"""`POST /api/telephone` of the agent."""

from __future__ import annotations

import pytest

from microsip_manager.agent.boundaries import TelephoneResult
from microsip_manager.wire.problems import CODE_OF_TELEPHONE, STATUS_OF
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome
from tests.agent.conftest import Agent, problem_of

PATH = "/api/telephone"


def test_the_command_reaches_the_phone_and_what_became_of_it_is_told(agent: Agent) -> None:
    response = agent.http.post(PATH, json={"action": "dial", "number": "101"})

    assert response.json == {"hostname": "NIKITA", "action": "dial", "outcome": "taken", "detail": ""}
    assert agent.phone.telephoned == [TelephoneCommand(TelephoneAction.DIAL, number="101")]
    assert agent.applied == 1


@pytest.mark.parametrize("outcome", CODE_OF_TELEPHONE)
def test_what_is_no_success_is_a_problem_with_the_outcome(agent: Agent, outcome: TelephoneOutcome) -> None:
    agent.phone.telephone_result = TelephoneResult(outcome, "in words")
    code = CODE_OF_TELEPHONE[outcome]

    told = problem_of(agent.http.post(PATH, json={"action": "hold"}), STATUS_OF[code].value, code.value)

    assert (told.hostname, told.outcome, told.detail) == ("NIKITA", outcome.value, "in words")


def test_a_reason_that_would_deceive_a_screen_is_written_out(agent: Agent) -> None:
    agent.phone.telephone_result = TelephoneResult(TelephoneOutcome.NOT_STARTED, "C:\\a\u202e.exe\r\n")

    told = problem_of(agent.http.post(PATH, json={"action": "start"}), 503, "not-started")

    assert told.detail == "C:\\a\\u202e.exe\\r\\n"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "not JSON"),
        (b'{"action": "dial"}', "$.number"),
        (b'{"action": "dial", "number": "101 Hello"}', "$.number"),
        (b'{"action": "dial", "number": "/password:x"}', "$.number"),
        (b'{"action": "dial", "number": "101\\n"}', "$.number"),
        (b'{"action": "dtmf", "digits": "1?"}', "$.digits"),
        (b'{"action": "/reset"}', "$.action"),
    ],
)
def test_a_bad_command_names_the_field_and_reaches_no_phone(agent: Agent, body: bytes, field: str) -> None:
    told = problem_of(agent.http.post(PATH, data=body), 422, "bad-message")

    assert field in told.detail
    assert agent.phone.telephoned == []


def test_a_command_for_another_pc_is_refused(agent: Agent) -> None:
    problem_of(agent.http.post(PATH, json={"action": "hold", "hostname": "OLGA"}), 409, "wrong-client")

    assert agent.phone.telephoned == []


@pytest.mark.parametrize(("level", "shown"), [("INFO", "***042"), ("DEBUG", "+74950000042")])
def test_the_log_masks_the_number_and_leaves_the_tones_out(
    agent: Agent, caplog: pytest.LogCaptureFixture, level: str, shown: str
) -> None:
    with caplog.at_level(level):
        agent.http.post(PATH, json={"action": "dial", "number": "+74950000042"})
        agent.http.post(PATH, json={"action": "dtmf", "digits": "908172"})

    ours = [record.getMessage() for record in caplog.records if record.name.endswith("http_telephone")]
    assert ours == [f"NIKITA: telephone dial {shown}: taken", "NIKITA: telephone dtmf -: taken"]
