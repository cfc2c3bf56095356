"""`GET /api/stats`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.calls import CallDirection
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory
from tests.server.conftest import PATIENCE, beat_of
from tests.server.histories import call_at


def hour(number: int) -> datetime:
    return datetime(2026, 3, 2, number, 30, tzinfo=UTC)


def stats(api: TestClient, **query: str) -> Any:
    answer = api.get("/api/stats", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_today_so_far_is_what_is_shown_unless_asked_otherwise(api: TestClient, clock: HandClock) -> None:
    clock.forward(90)

    found = stats(api)

    assert (found["from"], found["to"], found["tz"]) == ("2026-03-02T00:00:00Z", "2026-03-02T08:01:30Z", "UTC")
    assert len(found["hours"]) == 9
    assert found["hours"][-1]["from"] == "2026-03-02T08:00:00Z"


def test_clients_are_counted_by_the_status_they_have_now(api: TestClient, fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    fleet.record(beat_of("OLGA", dnd=True), "192.0.2.18")

    assert stats(api)["clients_now"] == {"offline": 0, "online": 1, "dnd": 1}

    clock.forward(PATIENCE)
    while fleet.let_time_pass():
        pass
    assert stats(api)["clients_now"] == {"offline": 2, "online": 0, "dnd": 0}


def test_calls_are_shown_per_client_per_hour_and_in_total(api: TestClient, history: MemoryHistory) -> None:
    history.calls = [
        call_at(hour(6), "NIKITA", CallDirection.OUTGOING, duration=61),
        call_at(hour(6), "NIKITA", CallDirection.MISSED),
        call_at(hour(7), "OLGA", duration=20),
        call_at(hour(7), "OLGA", CallDirection.REJECTED_BY_DND),
    ]

    found = stats(api)

    assert found["totals"]["calls"] == {
        "total": 4,
        "by_direction": {"outgoing": 1, "incoming": 1, "missed": 1, "answered_elsewhere": 0, "rejected_by_dnd": 1},
        "answered": 2,
        "missed": 1,
        "lost_to_dnd": 1,
        "talk_time": 81,
        "mean_duration": 40.5,
    }
    assert [(one["hostname"], one["calls"]["talk_time"]) for one in found["clients"]] == [("NIKITA", 61), ("OLGA", 20)]
    assert [one["calls"]["total"] for one in found["hours"]] == [0, 0, 0, 0, 0, 0, 2, 2]


def test_a_call_belongs_to_the_hour_in_which_it_started(api: TestClient, history: MemoryHistory) -> None:
    history.calls = [call_at(datetime(2026, 3, 2, 5, 59, 59, tzinfo=UTC), duration=7200)]

    assert [one["calls"]["talk_time"] for one in stats(api)["hours"]] == [0, 0, 0, 0, 0, 7200, 0, 0]


def test_a_zone_decides_which_hour_and_which_day_it_is(api: TestClient, history: MemoryHistory) -> None:
    history.calls = [
        call_at(datetime(2026, 3, 1, 18, 15, tzinfo=UTC)),
        call_at(datetime(2026, 3, 1, 18, 14, tzinfo=UTC)),
    ]

    found = stats(api, tz="Asia/Kathmandu")

    assert (found["from"], found["to"]) == ("2026-03-02T00:00:00+05:45", "2026-03-02T13:45:00+05:45")
    assert found["hours"][0]["calls"]["total"] == found["totals"]["calls"]["total"] == 1


def test_one_client_is_shown_by_its_name_in_any_case(api: TestClient, fleet: Fleet, history: MemoryHistory) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    fleet.record(beat_of("OLGA"), "192.0.2.18")
    history.calls = [call_at(hour(6), "NIKITA"), call_at(hour(6), "OLGA")]

    found = stats(api, hostname="nikita")

    assert [one["hostname"] for one in found["clients"]] == ["NIKITA"]
    assert found["clients_now"]["online"] == found["totals"]["calls"]["total"] == 1
    assert sum(one["calls"]["total"] for one in found["hours"]) == 1


def test_a_client_known_by_its_calls_alone_is_shown(api: TestClient, history: MemoryHistory) -> None:
    history.calls = [call_at(hour(6), "PAVEL")]

    assert [one["hostname"] for one in stats(api)["clients"]] == ["PAVEL"]
    assert stats(api, hostname="PAVEL", to="2026-03-01")["clients"] == []


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ({"from": "soon"}, 422, "from: expected"),
        ({"to": "soon"}, 422, "to: expected"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, 422, "from: must be before `to`"),
        ({"from": "2025-03-02"}, 422, "from: at most 92 days"),
        ({"tz": "Mars/Olympus"}, 422, "tz: expected an IANA time zone"),
        ({"hostname": ""}, 422, "query.hostname"),
        ({"hostname": "NIKTA"}, 404, "NIKITA"),
        ({"hostname": "a\0\u202eb"}, 404, "'a\\x00\\u202eb'"),
    ],
)
def test_what_cannot_be_answered_says_why(
    api: TestClient, fleet: Fleet, query: dict[str, str], code: int, said: str
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    answer = api.get("/api/stats", params=query)

    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_a_database_that_cannot_be_read_is_a_503(api: TestClient, history: MemoryHistory) -> None:
    history.fails_with = "disk I/O error"

    answer = api.get("/api/stats")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert "disk I/O error" in answer.json()["detail"]
