"""The OpenAPI document is complete, true and has examples."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from microsip_manager.server.openapi import MESSAGES

KIND_OF_NAME: dict[str, type[msgspec.Struct]] = {kind.__name__: kind for kind in MESSAGES}


@pytest.fixture
def document(api: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_lists_what_the_server_serves(document: dict[str, Any]) -> None:
    assert {name for name, _ in operations(document)} == {
        "POST /api/heartbeat",
        "GET /api/clients",
        "GET /api/clients/{hostname}",
        "GET /api/clients/{hostname}/status",
        "GET /api/clients/{hostname}/commands",
        "GET /api/clients/{hostname}/history",
        "POST /api/clients/{hostname}/set_dnd",
        "GET /api/clients/{hostname}/wish",
        "DELETE /api/clients/{hostname}/wish",
        "POST /api/clients/{hostname}/get_setting",
        "POST /api/clients/{hostname}/display_message",
        "POST /api/clients/{hostname}/telephone",
        "GET /api/clients/{hostname}/messages/{id}",
        "GET /api/groups",
        "GET /api/groups/{name}",
        "PUT /api/groups/{name}",
        "DELETE /api/groups/{name}",
        "PATCH /api/groups/{name}/members",
        "GET /api/clients/{hostname}/labels",
        "PATCH /api/clients/{hostname}/labels",
        "POST /api/clients/set_dnd",
        "POST /api/clients/display_message",
        "GET /api/schedules",
        "GET /api/schedules/{name}",
        "PUT /api/schedules/{name}",
        "DELETE /api/schedules/{name}",
        "GET /api/schedules/{name}/preview",
        "GET /api/schedules/{name}/runs",
        "GET /api/stats",
        "GET /api/events",
        "POST /api/webhooks",
        "GET /api/webhooks",
        "DELETE /api/webhooks/{id}",
        "GET /api/webhooks/{id}/deliveries",
        "POST /api/webhooks/{id}/deliveries/{delivery_id}/redeliver",
        "POST /api/tokens",
        "GET /api/tokens",
        "DELETE /api/tokens/{id}",
        "POST /api/setup",
        "POST /api/session",
        "GET /api/session",
        "DELETE /api/session",
        "DELETE /api/session/all",
        "POST /api/session/password",
        "POST /api/session/totp",
        "PUT /api/session/totp",
        "DELETE /api/session/totp",
        "GET /api/users",
        "POST /api/users",
        "PATCH /api/users/{name}",
        "DELETE /api/users/{name}",
        "GET /api/audit",
        "GET /api/audit/check",
        "POST /api/privacy/export",
        "POST /api/privacy/erase",
        "POST /api/join-tokens",
        "GET /api/join-tokens",
        "DELETE /api/join-tokens/{id}",
        "GET /api/agents",
        "DELETE /api/agents/{id}",
        "GET /api/agents/pending",
        "POST /api/agents/pending/{id}/approve",
        "POST /api/agents/pending/{id}/refuse",
        "POST /api/agents/enrol",
        "POST /api/agents/ask",
        "POST /api/agents/key",
        "GET /api/server",
        "GET /api/wall",
        "GET /directory/{key}/directory.json",
        "POST /api/calls",
        "GET /api/calls",
        "GET /api/ca.pem",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for name, operation in operations(document):
        contents = [answer.get("content", {}) for answer in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for media in (media for content in contents for media in content.values()):
            kind = KIND_OF_NAME.get(media["schema"].get("$ref", "").rpartition("/")[2])
            examples = [media["example"]] if "example" in media else []
            examples += [example["value"] for example in media.get("examples", {}).values()]
            assert examples, f"{name} has no example"
            for example in examples if kind else []:
                msgspec.convert(example, kind)
                checked += 1
    assert checked > 15


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = msgspec.json.encode(document).decode()

    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]


def test_the_page_needs_no_other_host(api: TestClient) -> None:
    page = api.get("/docs").text

    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert api.get(f"/static-offline-docs/{asset}").status_code == 200
