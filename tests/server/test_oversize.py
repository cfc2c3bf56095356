"""Everything has an end: each text, list and number that a request may hold is bounded, and each body is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_api
from microsip_manager.server.identity.rights import RIGHTS
from microsip_manager.server.services import Services
from tests.fakes.services import fake_services

pytestmark = pytest.mark.thorough

API = create_api(fake_services()).openapi()
LARGEST_BODY = 1024 * 1024
WITH_BODY = sorted(
    (method, path) for method, path in RIGHTS if method in ("POST", "PUT", "PATCH", "DELETE") and "/api/" in path
)
READS_BODY = [
    (method.upper(), path)
    for path, methods in API["paths"].items()
    for method, told in methods.items()
    if "requestBody" in told
]
BOUNDS = {"maxLength", "enum", "const", "format", "pattern"}
LISTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/clients/set_dnd", {"enabled": True, "hostnames": ["A"] * 10_001}),
    ("POST", "/api/clients/display_message", {"message": {"text": "x"}, "hostnames": ["A"] * 10_001}),
    ("POST", "/api/clients/NIKITA/display_message", {"text": "x", "buttons": [str(number) for number in range(50)]}),
    ("POST", "/api/clients/NIKITA/get_setting", {"names": ["a"] * 301}),
    ("PATCH", "/api/clients/NIKITA/labels", {"labels": {f"l{number}": "x" for number in range(51)}}),
    ("PUT", "/api/groups/Sales", {"members": ["A"] * 10_001}),
    ("PATCH", "/api/groups/Sales/members", {"add": ["A"] * 10_001}),
    ("PUT", "/api/schedules/Lunch", {"group": "Sales", "days": ["mon"] * 8, "start": "13:00", "end": "14:00"}),
    (
        "PUT",
        "/api/schedules/Lunch",
        {"group": "Sales", "days": ["mon"], "start": "13:00", "end": "14:00", "exceptions": ["2026-03-02"] * 1001},
    ),
    ("POST", "/api/webhooks", {"url": "https://hooks.example/", "kinds": ["transition"] * 11}),
    ("POST", "/api/tokens", {"name": "x", "role": "operator", "groups": ["A"] * 101}),
    ("POST", "/api/users", {"name": "x", "role": "operator", "groups": ["A"] * 101, "password": "x" * 20}),
    ("POST", "/api/join-tokens", {"name": "x", "servers": ["http://192.0.2.1:8083"] * 50}),
]


def endless(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Which texts and lists in here have no end."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from endless(API["components"]["schemas"][name], f"{where} {name}")
        return
    if schema.keys() & BOUNDS:
        return
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        yield from endless(part, where)
    for name, part in schema.get("properties", {}).items():
        yield from endless(part, f"{where}.{name}")
    if isinstance(more := schema.get("additionalProperties"), dict):
        if "maxProperties" not in schema:
            yield f"{where}: any number of properties"
        yield from endless(more, f"{where}.*")
    kind = schema.get("type")
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{where}: a list without end"
        yield from endless(schema.get("items", {}), f"{where}[]")
    if kind == "string":
        yield f"{where}: a text without end"


def test_every_text_and_list_in_a_body_has_an_end() -> None:
    found = []
    for method, path in READS_BODY:
        body = API["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
        found += list(endless(body, f"{method} {path}"))

    assert found == []


def test_every_text_in_an_address_has_an_end() -> None:
    found = []
    for path, methods in API["paths"].items():
        for method, told in methods.items():
            for one in told.get("parameters", ()):
                found += list(endless(one["schema"], f"{method} {path} {one['name']}"))

    assert found == []


@pytest.mark.parametrize(("method", "path", "body"), LISTS, ids=lambda value: str(value)[:40])
def test_a_list_that_is_too_long_is_refused_by_its_field(
    api: TestClient, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = api.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-message"), answer.text
    assert "$." in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), READS_BODY)
def test_a_body_beyond_every_limit_is_refused(api: TestClient, method: str, path: str) -> None:
    where = path.replace("{hostname}", "NIKITA").replace("{name}", "Sales").replace("{id}", "0" * 32)

    answer = api.request(method, where, content=b"[" + b" " * LARGEST_BODY)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large"), answer.text


def test_who_sends_a_body_where_none_belongs_gets_no_further_with_it(api: TestClient) -> None:
    """It is not read: what does not read a body cannot be filled by one."""
    unread = [row for row in WITH_BODY if row not in READS_BODY and row != ("POST", "/api/heartbeat")]
    for method, path in unread:
        where = path.replace("{hostname}", "NIKITA").replace("{name}", "Nothing")
        where = where.replace("{id}", "0" * 32).replace("{delivery_id}", "msg_0")

        answer = api.request(method, where, content=b"[" * LARGEST_BODY)

        assert answer.status_code < 500, (method, path, answer.text)


def test_many_small_elements_cost_no_more_than_their_bytes(api: TestClient, services: Services) -> None:
    for body in (b"[" + b"0," * 500_000 + b"0]", b'{"a":0' + b',"a":0' * 170_000 + b"}"):
        for path in ("/api/calls", "/api/clients/set_dnd"):
            answer = api.post(path, content=body)

            assert (answer.status_code, answer.json()["code"]) == (422, "bad-message"), answer.text
            assert len(answer.content) < 1000
