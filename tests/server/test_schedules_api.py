"""`/api/schedules`."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.fakes.clock import HandClock
from tests.fakes.schedule_store import MemoryScheduleStore

PATH = "/api/schedules/Lunch"
WISH: dict[str, Any] = {
    "group": "sales",
    "days": ["mon", "tue"],
    "start": "13:00",
    "end": "14:00",
    "tz": "Europe/Moscow",
    "exceptions": ["2026-03-03"],
    "reason": "lunch",
}


@pytest.fixture(autouse=True)
def sales(api: TestClient) -> None:
    api.put("/api/groups/Sales", json={"members": ["NIKITA"]})


def test_a_schedule_is_made_shown_and_removed(api: TestClient) -> None:
    made = api.put(PATH, json=WISH).json()

    assert made == {**WISH, "name": "Lunch", "group": "Sales", "since": "2026-03-02T08:00:00Z"}
    assert api.get("/api/schedules/LUNCH").json() == made
    assert api.get("/api/schedules").json() == [made]
    assert api.delete(PATH).json() == made
    assert api.get("/api/schedules").json() == []


def test_its_next_runs_are_told_by_its_own_clocks(api: TestClient, clock: HandClock) -> None:
    api.put(PATH, json=WISH)

    assert api.get(f"{PATH}/preview?count=2").json() == [
        {"starts_at": "2026-03-02T13:00:00+03:00", "ends_at": "2026-03-02T14:00:00+03:00"},
        {"starts_at": "2026-03-09T13:00:00+03:00", "ends_at": "2026-03-09T14:00:00+03:00"},
    ]
    assert len(api.get(f"{PATH}/preview").json()) == 5


def test_a_new_schedule_has_no_runs_yet(api: TestClient) -> None:
    api.put(PATH, json=WISH)

    assert api.get(f"{PATH}/runs").json() == []


@pytest.mark.parametrize("path", [PATH, f"{PATH}/preview", f"{PATH}/runs"])
def test_an_unknown_schedule_is_a_404(api: TestClient, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-schedule")
    assert api.delete(PATH).json()["code"] == "unknown-schedule"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": []}, "$.days"),
        ({"days": ["monday"]}, "$.days"),
        ({"days": ["mon", "mon"]}, "$.days"),
        ({"start": "24:00"}, "$.start"),
        ({"start": "9:00"}, "$.start"),
        ({"end": "13:00"}, "$.end"),
        ({"tz": "Europe/Moskow"}, "did you mean Europe/Moscow"),
        ({"tz": "../../etc/passwd"}, "tz: expected an IANA time zone"),
        ({"exceptions": ["1 May"]}, "$.exceptions"),
        ({"reason": "\x1b[2J"}, "$.reason"),
        ({"group": "a/b"}, "$.group"),
        ({"ends": "14:00"}, "ends"),
    ],
)
def test_what_cannot_be_a_schedule_is_refused_by_its_field(api: TestClient, change: dict[str, Any], said: str) -> None:
    answer = api.put(PATH, json={**WISH, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert api.get("/api/schedules").json() == []


def test_a_group_that_is_not_there_is_refused(api: TestClient) -> None:
    assert api.put(PATH, json={**WISH, "group": "Nobody"}).json()["code"] == "unknown-group"


def test_a_name_that_cannot_be_is_refused(api: TestClient) -> None:
    assert "$.name" in api.put("/api/schedules/%20Lunch", json=WISH).json()["detail"]


def test_a_database_that_fails_is_said_so(api: TestClient, schedule_store: MemoryScheduleStore) -> None:
    schedule_store.fails_with = "disk full"

    assert api.get("/api/schedules").json()["code"] == "not-ready"
