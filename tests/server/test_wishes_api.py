"""`set_dnd` with more than `enabled`, and `/api/clients/{hostname}/wish`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.wish import SAVED_AFTER
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.commands import DndOutcome
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.fakes.wish_store import MemoryWishStore
from tests.server.conftest import beat_of

SET_DND = "/api/clients/NIKITA/set_dnd"
WISH = "/api/clients/NIKITA/wish"


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


def gone(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA", running=False), "192.0.2.17")


def test_a_while_of_dnd_is_told_with_the_answer_and_the_client(api: TestClient) -> None:
    answer = api.post(SET_DND, params={"enabled": "true", "for": "30m", "reason": "обед"})

    desired = {
        "enabled": True,
        "state": "held",
        "asked_at": "2026-03-02T08:00:00Z",
        "until": "2026-03-02T08:30:00Z",
        "lasts": 1800,
        "queued_until": None,
        "reason": "обед",
        "enforce": False,
        "detail": "",
    }
    assert (answer.status_code, answer.json()["outcome"], answer.json()["wish"]) == (200, "applied", desired)
    assert api.get("/api/clients/NIKITA").json()["desired"] == desired
    assert api.get("/api/clients").json()[0]["desired"] == desired
    assert api.get(WISH).json() == {"hostname": "NIKITA", "desired": desired, "ended": []}


def test_a_heartbeat_leaves_the_wish_where_it_is(api: TestClient, fleet: Fleet) -> None:
    api.post(SET_DND, params={"enabled": "true", "for": "30m"})

    fleet.record(beat_of("NIKITA", dnd=True), "192.0.2.17")

    assert api.get("/api/clients/NIKITA").json()["desired"]["state"] == "held"


@pytest.mark.parametrize("zone", ["+03:00", " 03:00", "%2B03:00"])
def test_a_moment_may_lose_its_plus_in_a_query(api: TestClient, zone: str) -> None:
    answer = api.post(f"{SET_DND}?enabled=true&until=2026-03-02T12:00:00{zone}")

    assert answer.json()["wish"]["until"] == "2026-03-02T09:00:00Z"


def test_a_body_says_the_same_as_a_query(api: TestClient) -> None:
    order = {"enabled": True, "until": "2026-03-02T09:00:00Z", "reason": "lunch", "enforce": True}

    wish = api.post(SET_DND, json=order).json()["wish"]

    assert (wish["until"], wish["reason"], wish["enforce"]) == ("2026-03-02T09:00:00Z", "lunch", True)


def test_query_and_body_add_up(api: TestClient) -> None:
    wish = api.post(f"{SET_DND}?for=30m&enforce=1", json={"enabled": True, "reason": "lunch"}).json()["wish"]

    assert (wish["lasts"], wish["reason"], wish["enforce"]) == (1800, "lunch", True)


def test_a_pc_that_is_off_is_waited_for_when_that_is_asked_for(api: TestClient, fleet: Fleet) -> None:
    gone(fleet)

    answer = api.post(f"{SET_DND}?enabled=true&for=30m&queue_for=8h")

    told = answer.json()
    assert (answer.status_code, told["outcome"], told["dnd"]) == (202, "queued", None)
    assert (told["wish"]["state"], told["wish"]["queued_until"]) == ("queued", "2026-03-02T16:00:00Z")


@pytest.mark.parametrize(("outcome", "status"), [(DndOutcome.UNREACHABLE, 504), (DndOutcome.NOT_RUNNING, 409)])
def test_without_that_a_pc_that_is_off_is_a_problem_and_nothing_waits(
    api: TestClient, fleet: Fleet, agents: FakeAgents, outcome: DndOutcome, status: int
) -> None:
    agents.failing["NIKITA"] = outcome, "it is off"

    answer = api.post(f"{SET_DND}?enabled=true&for=30m")

    assert (answer.status_code, answer.json()["outcome"]) == (status, outcome.value)
    assert fleet.client("NIKITA").desired is None


def test_a_phone_without_the_button_is_not_waited_for(api: TestClient, agents: FakeAgents) -> None:
    agents.failing["NIKITA"] = DndOutcome.UNSUPPORTED, "denyIncoming is all"

    answer = api.post(f"{SET_DND}?enabled=true&queue_for=8h")

    assert (answer.status_code, answer.json()["code"]) == (409, "dnd-unsupported")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"for": "soon"}, "for: expected a number with s, m, h or d"),
    ({"for": "30"}, "for: expected a number"),
    ({"for": "٣m"}, "for: expected a number"),
    ({"for": "0m"}, "for: expected 1s to 366d"),
    ({"for": "367d"}, "for: expected 1s to 366d"),
    ({"queue_for": "8 hours"}, "queue_for: expected a number"),
    ({"until": "14:00"}, "until: expected ISO 8601 with a time zone"),
    ({"until": "2026-03-02T14:00:00"}, "until: expected ISO 8601 with a time zone"),
    ({"until": "2026-03-02T07:59:59Z"}, "until: expected a moment to come"),
    ({"until": "2028-03-02T07:59:59Z"}, "until: expected a moment to come, at most 366 days ahead"),
    ({"until": "2026-03-02T14:00:00" + "0" * 40}, "until"),
    ({"until": "9999-12-31T23:59:59-23:00"}, "until: expected a moment to come"),
    ({"until": "2026-03-02T14:00:00Z", "for": "30m"}, "until: not together with `for`"),
    ({"reason": "a\u202eb"}, "reason"),
    ({"reason": "x" * 201}, "reason"),
]


@pytest.mark.parametrize(("given", "said"), BAD)
def test_a_bad_value_in_the_query_names_its_field_and_reaches_no_phone(
    api: TestClient, agents: FakeAgents, given: dict[str, Any], said: str
) -> None:
    answer = api.post(SET_DND, params={"enabled": "true", **given})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert agents.asked == []


@pytest.mark.parametrize(
    ("given", "said"),
    [*BAD, ({"enforce": "yes"}, "$.enforce"), ({"for": 30}, "$.for"), ({"four": "30m"}, "unknown field `four`")],
)
def test_a_bad_value_in_the_body_names_its_field_and_reaches_no_phone(
    api: TestClient, agents: FakeAgents, given: dict[str, Any], said: str
) -> None:
    answer = api.post(SET_DND, json={"enabled": True, **given})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert agents.asked == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("enabled=true&four=30m", "'four': unknown; there are enabled, for, until"),
        ("enabled=true&enforce=maybe", "enforce: expected true, false"),
        ("enabled=true&for=30m&for=40m", "for: expected once"),
    ],
)
def test_a_bad_query_names_what_is_wrong(api: TestClient, agents: FakeAgents, query: str, said: str) -> None:
    answer = api.post(f"{SET_DND}?{query}")

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert agents.asked == []


def test_query_and_body_that_contradict_each_other_are_refused(api: TestClient) -> None:
    answer = api.post(f"{SET_DND}?for=30m", json={"enabled": True, "for": "40m"})

    assert (answer.status_code, answer.json()["detail"]) == (422, "for: the query and the body contradict each other")


def test_a_wish_can_be_cancelled_and_is_remembered(
    api: TestClient, agents: FakeAgents, wishes: Wishes, clock: HandClock
) -> None:
    api.post(SET_DND, params={"enabled": "true", "for": "30m", "reason": "lunch"})

    assert api.delete(WISH).json()["desired"]["state"] == "ending"
    assert agents.dnd["NIKITA"] is False
    clock.forward(SAVED_AFTER)
    asyncio.run(wishes.attend())

    told = api.get(WISH).json()
    assert told["desired"] is None
    assert [(wish["ended"], wish["reason"]) for wish in told["ended"]] == [("cancelled", "lunch")]
    assert api.delete(WISH).json() == told


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_wish_of_an_unknown_client_is_a_404(api: TestClient, method: str) -> None:
    assert api.request(method, "/api/clients/NOBODY/wish").json()["code"] == "unknown-client"


def test_a_database_that_takes_no_wish_is_not_ready(
    api: TestClient, agents: FakeAgents, wish_store: MemoryWishStore
) -> None:
    wish_store.fails_with = "disk full"

    answer = api.post(f"{SET_DND}?enabled=true&for=30m")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert agents.asked == []
