"""`POST` and `GET /api/calls`, joined with the whole application without a socket."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from microsip_manager.server.call_log import EXPORT_PAGE
from microsip_manager.wire.calls import BATCH_LIMIT, CALLS_LIMIT, Call, CallDirection
from microsip_manager.wire.codec import encode
from tests.contracts.test_call_store import NOON, call
from tests.fakes.call_store import MemoryCallStore

JSON = {"Content-Type": "application/json"}


def send(api: TestClient, *calls: Call) -> Any:
    answer = api.post("/api/calls", content=encode(calls), headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def some(count: int) -> list[Call]:
    """So many calls, the newest first."""
    return [call(key, started_at=NOON - timedelta(seconds=key)) for key in range(count)]


def keys(answer: Any) -> list[int]:
    return [each["key"] for each in answer.json()]


def problem_of(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def test_what_was_sent_is_confirmed_by_id_and_found(api: TestClient) -> None:
    sent = call()

    assert send(api, sent) == {"committed": [sent.id]}
    assert api.get("/api/calls").json() == [
        {
            "id": sent.id,
            "hostname": "NIKITA",
            "extension": "485",
            "key": 0,
            "number": "486",
            "name": "Ольга",
            "direction": "outgoing",
            "started_at": "2026-03-02T12:00:00Z",
            "duration": 60,
            "info": "Call Ended",
            "ended": True,
        }
    ]


def test_a_repeat_is_confirmed_and_stored_once(api: TestClient) -> None:
    send(api, call())
    send(api, call())

    assert len(api.get("/api/calls").json()) == 1


def test_a_database_that_takes_nothing_confirms_nothing(api: TestClient, call_store: MemoryCallStore) -> None:
    call_store.fails_with = "the disk is full"

    answers = [api.post("/api/calls", content=encode([call()]), headers=JSON), api.get("/api/calls")]
    answers.append(api.get("/api/calls?format=csv"))

    for answer in answers:
        assert problem_of(answer)[:2] == (503, "not-ready")
        assert "the disk is full" in answer.json()["detail"]
    assert call_store.calls == {}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": "x"}, "$[1].id"),
        ({"direction": "sideways"}, "$[1].direction"),
        ({"number": "4" * 256}, "$[1].number"),
        ({"number": "48\n6"}, "$.number"),
        ({"name": "\u202e"}, "$.name"),
        ({"info": "\x1b[31m"}, "$.info"),
        ({"hostname": "a/b"}, "$.hostname"),
        ({"duration": -1}, "$[1].duration"),
        ({"duration": 2**31}, "$[1].duration"),
        ({"key": 2**31}, "$[1].key"),
        ({"started_at": "2026-03-02T12:00:00"}, "$[1].started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "$.started_at"),
        ({"ended": None}, "$[1].ended"),
    ],
)
def test_a_bad_call_is_refused_with_the_name_of_the_field_and_nothing_is_stored(
    api: TestClient, changes: dict[str, object], named: str
) -> None:
    bad = msgspec.to_builtins(call(1)) | changes

    answer = api.post("/api/calls", content=json.dumps([msgspec.to_builtins(call()), bad]), headers=JSON)

    status, code, detail = problem_of(answer)
    assert (status, code) == (422, "bad-message")
    assert named in detail
    assert api.get("/api/calls").json() == []


def test_a_message_of_too_many_calls_or_bytes_is_refused(api: TestClient) -> None:
    many = api.post("/api/calls", content=encode(some(BATCH_LIMIT + 1)), headers=JSON)
    long = api.post("/api/calls", content=b" " * (CALLS_LIMIT + 1), headers=JSON)

    assert problem_of(many)[:2] == (422, "bad-message")
    assert str(BATCH_LIMIT) in many.json()["detail"]
    assert problem_of(long)[:2] == (413, "too-large")


def test_the_longest_calls_an_agent_may_send_together_fit() -> None:
    text = "\U0001f600" * 255
    longest = msgspec.structs.replace(call(), hostname=text, extension=text[:64], number=text, name=text, info=text)

    assert len(encode([longest] * 100)) < CALLS_LIMIT


def test_pages_follow_each_other_by_their_links(api: TestClient) -> None:
    send(api, *some(25))

    found, url, pages = [], "/api/calls?limit=10&hostname=NIKITA", 0
    while url:
        answer = api.get(url)
        found += keys(answer)
        pages += 1
        url = answer.links.get("next", {}).get("url", "")

    assert found == list(range(25))
    assert pages == 3


def test_a_page_that_just_holds_all_has_no_link(api: TestClient) -> None:
    send(api, *some(10))

    assert "link" in api.get("/api/calls?limit=9").headers
    assert "link" not in api.get("/api/calls?limit=10").headers


def test_the_link_keeps_the_filters_also_those_in_cyrillic(api: TestClient) -> None:
    send(api, *[call(key, "Иванов ПК", number="+7&x") for key in range(3)])

    first = api.get("/api/calls", params={"hostname": "ИВАНОВ ПК", "number": "+7&x", "limit": 2})
    second = api.get(first.links["next"]["url"])

    assert sorted(keys(first) + keys(second)) == [0, 1, 2]


def test_a_hundred_calls_are_on_a_page_when_nothing_is_said(api: TestClient) -> None:
    send(api, *some(120))

    assert keys(api.get("/api/calls")) == list(range(100))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hostname=nikita", [2, 0]),
        ("extension=490", [1]),
        ("number=487", [2]),
        ("direction=missed", [2]),
        ("direction=rejected_by_dnd", []),
        ("from=2026-03-02T13:00:00Z", [2, 1]),
        ("from=2026-03-02T16:00:00%2B03:00", [2, 1]),
        ("from=2026-03-02T16:00:00+03:00", [2, 1]),
        ("from=2026-03-02T13:00:00", [2, 1]),
        ("to=2026-03-02T13:00:00Z", [0]),
        ("from=2026-03-02&to=2026-03-03", [2, 1, 0]),
        ("to=2026-03-02", []),
        ("min_duration=61", [1]),
        ("hostname=NIKITA&direction=outgoing", [0]),
    ],
)
def test_each_parameter_chooses(api: TestClient, query: str, found: list[int]) -> None:
    hour = timedelta(hours=1)
    send(
        api,
        call(0),
        call(1, "OLGA", extension="490", started_at=NOON + hour, duration=61),
        call(2, number="487", direction=CallDirection.MISSED, started_at=NOON + 2 * hour, duration=0),
    )

    assert keys(api.get(f"/api/calls?{query}")) == found


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "query.limit"),
        ("limit=1001", "query.limit"),
        ("limit=ten", "query.limit"),
        ("from=yesterday", "query.from"),
        ("to=0001-01-01T00:00:00%2B14:00", "query.to"),
        ("from=1772438472", "query.from"),
        ("direction=up", "query.direction"),
        ("min_duration=-1", "query.min_duration"),
        ("format=xml", "query.format"),
        ("cursor=abc", "query.cursor"),
        ("cursor=%D1%8F", "query.cursor"),
        ("cursor=W10", "query.cursor"),
        ("hostname=" + "x" * 256, "query.hostname"),
        ("hostnme=NIKITA", "'hostnme': there is no such parameter. Did you mean 'hostname'?"),
    ],
)
def test_a_bad_parameter_names_itself(api: TestClient, query: str, named: str) -> None:
    status, code, detail = problem_of(api.get(f"/api/calls?{query}"))

    assert (status, code) == (422, "bad-message")
    assert named in detail


def test_an_export_has_all_calls_and_never_more_than_a_page_in_hand(
    api: TestClient, call_store: MemoryCallStore
) -> None:
    calls = some(2 * EXPORT_PAGE + 5)
    call_store.take(calls, NOON)

    answer = api.get("/api/calls?format=csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "calls.csv" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbfstarted_at,hostname,")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [line["id"] for line in lines] == [each.id for each in calls]
    assert call_store.most_asked == EXPORT_PAGE


def test_an_export_takes_the_same_parameters(api: TestClient) -> None:
    send(api, *some(5), call(9, "OLGA"))

    limited = api.get("/api/calls?format=csv&hostname=NIKITA&limit=2").text.splitlines()

    assert len(limited) == 3
    assert all(",NIKITA," in line for line in limited[1:])


def test_an_export_of_nothing_has_a_head(api: TestClient) -> None:
    assert len(api.get("/api/calls?format=csv").text.splitlines()) == 1


def test_the_methods_of_the_path_are_named(api: TestClient) -> None:
    answer = api.delete("/api/calls")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
