"""Webhooks over HTTP, joined with the whole application without a socket."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.webhooks import MOST
from tests.contracts.test_webhook_store import made
from tests.fakes.receivers import FakeReceivers
from tests.fakes.webhook_store import MemoryWebhookStore

URL = "https://hooks.example/phones"
NOBODY = "0" * 32


@pytest.fixture
def admin(api: TestClient) -> TestClient:
    return api


def added(admin: TestClient, **fields: Any) -> Any:
    answer = admin.post("/api/webhooks", json={"url": URL, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_secret_is_shown_once(admin: TestClient) -> None:
    created = added(admin, kinds=["call", "client", "call"])

    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", created["secret"])
    assert created["kinds"] == ["call", "client"]
    [listed] = admin.get("/api/webhooks").json()
    assert listed == {
        "id": created["id"],
        "url": URL,
        "kinds": ["call", "client"],
        "created_at": "2026-03-02T08:00:00Z",
        "waiting": 1,
        "dead": 0,
        "lost": 0,
    }
    assert created["secret"] not in admin.get(f"/api/webhooks/{created['id']}/deliveries").text


def test_a_webhook_can_be_removed(admin: TestClient) -> None:
    id = added(admin)["id"]

    assert admin.delete(f"/api/webhooks/{id}").json() == {"status": "ok"}
    assert admin.get("/api/webhooks").json() == []
    assert problem_of(admin.delete(f"/api/webhooks/{id}")) == (404, "unknown-webhook")


def test_deliveries_are_paged_by_link_newest_first(admin: TestClient, webhook_store: MemoryWebhookStore) -> None:
    id = added(admin)["id"]
    webhook_store.keep([made(id) for _ in range(4)])

    seen, page = [], f"/api/webhooks/{id}/deliveries?limit=2&state=waiting"
    while page:
        answer = admin.get(page)
        seen += [each["kind"] for each in answer.json()]
        found = re.fullmatch('<(.+)>; rel="next"', answer.headers.get("link", ""))
        page = found[1] if found else ""

    assert seen == ["client"] * 4 + ["hello"]
    assert admin.get(f"/api/webhooks/{id}/deliveries?state=dead").json() == []


def test_a_delivery_waits_again_when_it_is_wanted_once_more(admin: TestClient) -> None:
    id = added(admin)["id"]
    [hello] = admin.get(f"/api/webhooks/{id}/deliveries").json()

    again = admin.post(f"/api/webhooks/{id}/deliveries/{hello['id']}/redeliver")

    assert again.json() == hello
    nobody = admin.post(f"/api/webhooks/{id}/deliveries/msg_{NOBODY}/redeliver")
    assert problem_of(nobody) == (404, "unknown-delivery")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "url"),
        ({"url": 1}, "$.url"),
        ({"url": ""}, "$.url"),
        ({"url": "http://" + "x" * 2000}, "$.url"),
        ({"url": URL, "kinds": ["clients"]}, "$.kinds"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({"url": "http://router.example/"}, "url: it is in a private network"),
    ],
)
def test_a_bad_webhook_is_refused_with_the_name_of_the_field(
    admin: TestClient, receivers: FakeReceivers, body: dict[str, object], said: str
) -> None:
    receivers.refuses.add("http://router.example/")

    answer = admin.post("/api/webhooks", json=body)

    assert problem_of(answer) == (422, "bad-message")
    assert said in answer.json()["detail"]
    assert admin.get("/api/webhooks").json() == []


def test_there_is_an_end_to_their_number_and_size(admin: TestClient) -> None:
    for _ in range(MOST):
        added(admin)

    assert problem_of(admin.post("/api/webhooks", json={"url": URL})) == (409, "too-many-webhooks")
    assert problem_of(admin.post("/api/webhooks", content=b" " * 20_000)) == (413, "too-large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("DELETE", f"/api/webhooks/{NOBODY}", 404, "unknown-webhook"),
        ("GET", f"/api/webhooks/{NOBODY}/deliveries", 404, "unknown-webhook"),
        ("POST", f"/api/webhooks/{NOBODY}/deliveries/msg_{NOBODY}/redeliver", 404, "unknown-webhook"),
        ("DELETE", "/api/webhooks/x", 422, "bad-message"),
        ("GET", f"/api/webhooks/{NOBODY}/deliveries?sate=dead", 422, "bad-message"),
        ("GET", f"/api/webhooks/{NOBODY}/deliveries?state=gone", 422, "bad-message"),
    ],
)
def test_what_there_is_not_is_told(admin: TestClient, method: str, path: str, status: int, code: str) -> None:
    assert problem_of(admin.request(method, path)) == (status, code)


def test_a_database_that_fails_keeps_nothing_and_forgets_nothing(
    admin: TestClient, webhook_store: MemoryWebhookStore
) -> None:
    id = added(admin)["id"]
    webhook_store.fails_with = "the disk is full"

    answers = [admin.post("/api/webhooks", json={"url": URL}), admin.delete(f"/api/webhooks/{id}")]
    answers += [admin.get("/api/webhooks"), admin.get(f"/api/webhooks/{id}/deliveries")]

    assert [problem_of(answer) for answer in answers] == [(503, "not-ready")] * 4
    webhook_store.fails_with = None
    assert [each["id"] for each in admin.get("/api/webhooks").json()] == [id]
