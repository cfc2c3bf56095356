"""`dnd` with wishes, and where `status` shows them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.cli.screen import local_time
from microsip_manager.cli.wish_text import wish_text
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import ClientWish, Desired, WishState
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, NOON, Office, answer_of, client, refusal

LUNCH = Desired(True, WishState.HELD, NOON, until=NOON + timedelta(minutes=30), lasts=1800, reason="lunch")
QUEUED = Desired(True, WishState.QUEUED, NOON, lasts=1800, queued_until=NOON + timedelta(hours=8))


@pytest.fixture
def office() -> Office:
    return Office()


def run(office: Office, *words: str) -> int:
    return main(["--server", FIRST, *words], office.transport)


def test_everything_that_is_wished_goes_to_the_server(office: Office) -> None:
    words = ("--for", "30m", "--reason", "lunch", "--queue-for", "8h", "--enforce")

    assert run(office, "dnd", "on", "NIKITA", *words) == 0

    assert dict(office.asked[-1].url.params) == {
        "enabled": "true",
        "for": "30m",
        "reason": "lunch",
        "queue_for": "8h",
        "enforce": "true",
    }


def test_without_options_nothing_more_is_wished(office: Office) -> None:
    run(office, "dnd", "off", "NIKITA")

    assert dict(office.asked[-1].url.params) == {"enabled": "false"}


def test_a_queued_wish_is_no_failure_and_says_until_when(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    queued = DndAnswer("PAVEL", DndOutcome.QUEUED, None, "the PC is off", QUEUED)
    office.more["/api/clients/PAVEL/set_dnd"] = lambda request: answer_of(queued, 202)

    assert run(office, "dnd", "on", "PAVEL", "--for", "30m", "--queue-for", "8h") == 0

    said = capsys.readouterr().out
    assert "1 of 1 done" in said
    assert f"the PC is off; on for 1800 s, queued until {local_time(NOON + timedelta(hours=8))}" in said


def test_json_has_the_wish(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    held = DndAnswer("NIKITA", DndOutcome.APPLIED, True, "", LUNCH)
    office.more["/api/clients/NIKITA/set_dnd"] = lambda request: answer_of(held)

    run(office, "dnd", "on", "NIKITA", "--for", "30m", "--json")

    [row] = json.loads(capsys.readouterr().out)
    assert (row["outcome"], row["wish"]["reason"], row["wish"]["state"]) == ("applied", "lunch", "held")


def test_what_the_server_does_not_understand_is_told(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.more["/api/clients/NIKITA/set_dnd"] = lambda request: refusal(ProblemCode.BAD_MESSAGE, "for: expected …")

    assert run(office, "dnd", "on", "NIKITA", "--for", "soon") == 1

    assert "for: expected …" in capsys.readouterr().out


def cancelling(office: Office, remains: Desired | None) -> list[str]:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        return answer_of(ClientWish("NIKITA", remains, []))

    office.more["/api/clients/NIKITA/wish"] = answer
    return asked


def test_cancel_ends_the_wish(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    asked = cancelling(office, None)

    assert run(office, "dnd", "cancel", "NIKITA") == 0

    assert asked == ["DELETE"]
    assert "cancelled" in capsys.readouterr().out


def test_cancel_takes_no_other_wish(office: Office) -> None:
    asked = cancelling(office, None)

    assert run(office, "dnd", "cancel", "NIKITA", "--for", "30m") == 2
    assert asked == []


def test_status_shows_until_when_and_why(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.clients["NIKITA"] = client("NIKITA", desired=LUNCH)

    run(office, "status")

    assert f"on until {local_time(NOON + timedelta(minutes=30))}: lunch" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": WishState.HELD, "enforce": True}, "on, enforced"),
        ({"state": WishState.ENDING, "enabled": False}, "off, ending"),
        ({"state": WishState.SETTING, "reason": "lunch"}, "on, setting: lunch"),
    ],
)
def test_a_wish_in_a_few_words(fields: dict[str, Any], said: str) -> None:
    assert wish_text(Desired(**{"enabled": True, "asked_at": NOON, **fields})) == said
