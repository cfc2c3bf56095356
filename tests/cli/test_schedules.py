"""`microsip-manager schedules`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.schedules import PlannedRun, Run, RunState, Schedule, Weekday
from tests.cli.office import FIRST, NOON, Office, answer_of

CLI = Callable[..., tuple[int, str, str]]
LUNCH = Schedule(
    name="Lunch",
    group="Sales",
    days=[Weekday.MON, Weekday.FRI],
    start="13:00",
    end="14:00",
    tz="Europe/Moscow",
    exceptions=[date(2026, 5, 1)],
    reason="lunch",
    since=datetime(2026, 3, 1, tzinfo=UTC),
)
SET = ("--group", "Sales", "--start", "13:00", "--end", "14:00", "--tz", "Europe/Moscow", "--days")


@pytest.fixture
def office() -> Office:
    office = Office()
    office.more["/api/schedules"] = lambda _: answer_of([LUNCH])
    office.more["/api/schedules/Lunch"] = lambda _: answer_of(LUNCH)
    hour = timedelta(hours=1)
    office.more["/api/schedules/Lunch/preview"] = lambda _: answer_of([PlannedRun(NOON, NOON + hour)])
    run = Run("Lunch", "Sales", NOON, NOON + hour, RunState.SKIPPED, 12, 9, 8, "no server was there")
    office.more["/api/schedules/Lunch/runs"] = lambda _: answer_of([run])
    return office


@pytest.fixture
def cli(office: Office, capsys: pytest.CaptureFixture[str]) -> CLI:
    def cli(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "schedules", *words], office.transport)
        return code, *capsys.readouterr()

    return cli


def test_it_shows_schedules_their_next_runs_and_the_past_ones(cli: CLI) -> None:
    assert "13:00-14:00 Europe/Moscow" in cli("list")[1]
    assert "Mon 2026-03-02 12:00 +0000" in cli("preview", "Lunch")[1]
    assert "no server was there" in cli("runs", "Lunch")[1]
    assert json.loads(cli("runs", "Lunch", "--json")[1])[0]["state"] == "skipped"


@pytest.mark.parametrize(
    ("days", "sent"),
    [
        ("mon-fri", ["mon", "tue", "wed", "thu", "fri"]),
        ("Mon, wed", ["mon", "wed"]),
        ("sat-mon,mon", ["sat", "sun", "mon"]),
        ("sun", ["sun"]),
    ],
)
def test_a_schedule_is_sent_with_its_days(cli: CLI, office: Office, days: str, sent: list[str]) -> None:
    assert cli("set", "Lunch", *SET, days, "--exception", "2026-05-01", "--reason", "lunch")[0] == 0

    [request] = office.asked
    assert (request.method, request.url.path) == ("PUT", "/api/schedules/Lunch")
    wish = json.loads(request.content)
    assert (wish["days"], wish["exceptions"], wish["reason"]) == (sent, ["2026-05-01"], "lunch")


@pytest.mark.parametrize("days", ["", "monday", "mon-", "mon-xyz", "1-5"])
def test_days_that_are_none_are_wrong_usage(cli: CLI, office: Office, days: str) -> None:
    assert cli("set", "Lunch", *SET, days)[0] == 2
    assert office.asked == []


def test_it_is_removed(cli: CLI, office: Office) -> None:
    assert cli("delete", "Lunch")[0] == 0
    assert office.asked[0].method == "DELETE"
