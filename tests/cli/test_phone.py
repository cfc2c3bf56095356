"""`microsip-manager phone`: dial, answer, hang up and the like on one PC."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from microsip_manager.cli.errors import AnswerLost
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.main import main
from microsip_manager.wire.problems import telephone_problem
from microsip_manager.wire.telephone import TelephoneAction, TelephoneAnswer, TelephoneCommand, TelephoneOutcome
from tests.cli.office import FIRST, SECOND, Office, answer_of

PATH = "/api/clients/NIKITA/telephone"


@pytest.fixture
def office() -> Office:
    """NIKITA's MicroSIP takes every command."""
    office = Office()
    office.more[PATH] = lambda request: answer_of(answered(request, TelephoneOutcome.TAKEN))
    return office


def answered(request: httpx2.Request, outcome: TelephoneOutcome) -> TelephoneAnswer:
    return TelephoneAnswer("NIKITA", TelephoneAction(json.loads(request.content)["action"]), outcome, "in words")


def refusing(request: httpx2.Request) -> httpx2.Response:
    told = telephone_problem(answered(request, TelephoneOutcome.NOT_REGISTERED))
    return httpx2.Response(told.status, content=told.encode())


def run(office: Office, *words: str) -> int:
    return main(["--server", FIRST, "--server", SECOND, "phone", *words], office.transport)


def sent(office: Office) -> list[Any]:
    return [json.loads(request.content) for request in office.asked]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("dial", "NIKITA", "101"), {"action": "dial", "number": "101"}),
        (("transfer", "NIKITA", "+7495"), {"action": "transfer", "number": "+7495"}),
        (("dtmf", "NIKITA", "1#"), {"action": "dtmf", "digits": "1#"}),
        (("hang_up", "NIKITA"), {"action": "hang_up"}),
        (("start", "NIKITA"), {"action": "start"}),
    ],
)
def test_a_command_is_sent_and_its_outcome_shown(
    office: Office, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], body: dict[str, str]
) -> None:
    assert run(office, *words) == 0

    assert sent(office) == [body]
    assert capsys.readouterr().out.splitlines()[1].split() == ["NIKITA", words[0], "taken", "in", "words"]


def test_json_is_the_answer(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(office, "answer", "NIKITA", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert told == {"hostname": "NIKITA", "action": "answer", "outcome": "taken", "detail": "in words"}


def test_a_refusal_is_shown_and_ends_with_1(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.more[PATH] = refusing

    assert run(office, "dial", "NIKITA", "101") == 1
    assert "not_registered  in words" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dial", "NIKITA", "101 Hello"), "Expected 1 to 32 digits"),
        (("dial", "NIKITA", "/answer"), "Expected 1 to 32 digits"),
        (("dial", "NIKITA"), "Expected a value for the action"),
        (("dtmf", "NIKITA", "1?"), "Expected 1 to 32 digits"),
        (("answer", "NIKITA", "101"), "answer takes no number"),
        (("reset", "NIKITA"), "'reset'"),
    ],
)
def test_what_is_no_command_is_a_mistake_and_nothing_is_sent(
    office: Office, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run(office, *words) == 2

    assert said in " ".join(capsys.readouterr().err.split())
    assert office.asked == []


def test_a_number_is_not_dialled_twice_when_the_connection_breaks(office: Office) -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("reset", request=request)

    office.more[PATH] = broken

    with (
        FleetClient([FIRST, SECOND], transport=office.transport) as fleet,
        pytest.raises(AnswerLost, match="may have been carried out"),
    ):
        fleet.telephone("NIKITA", TelephoneCommand(TelephoneAction.DIAL, number="101"))
    assert len(office.asked) == 1
