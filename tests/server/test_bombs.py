"""Bodies that are small to send and large to read."""

from __future__ import annotations

import gzip

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from tests.server.conftest import beat_of

PATHS = (
    "/api/heartbeat",
    "/api/calls",
    "/api/clients/NIKITA/set_dnd",
    "/api/clients/set_dnd",
    "/api/clients/NIKITA/display_message",
    "/api/tokens",
    "/api/session",
    "/api/setup",
    "/api/agents/enrol",
)


@pytest.fixture(autouse=True)
def nikita(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("nested", [b"[", b'{"a":', b'{"hostname":['], ids=["lists", "objects", "in a field"])
def test_a_body_that_is_nested_without_end_is_refused(api: TestClient, path: str, nested: bytes) -> None:
    answer = api.post(path, content=nested * 600)

    assert answer.json()["code"] in ("bad-message", "too-large")


@pytest.mark.parametrize("path", PATHS)
def test_a_packed_body_is_not_unpacked(api: TestClient, path: str) -> None:
    packed = gzip.compress(b"{" + b" " * 10_000_000)

    answer = api.post(path, content=packed, headers={"content-encoding": "gzip"})

    assert answer.status_code in (413, 422)


@pytest.mark.parametrize("path", PATHS)
def test_a_number_of_many_digits_costs_nothing(api: TestClient, path: str) -> None:
    answer = api.post(path, content=b'{"status": ' + b"9" * 3000 + b"}")

    assert answer.status_code == 422
