"""`/healthz`, `/readyz`, and errors nobody foresaw."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.recorder import Recorder
from tests.fakes.client_store import MemoryStore
from tests.server.conftest import beat_of


def test_a_healthy_server_says_so(api: TestClient) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {"status": "ok"}


def test_a_full_disk_makes_it_alive_but_not_ready(
    api: TestClient, fleet: Fleet, recorder: Recorder, store: MemoryStore
) -> None:
    store.fails_with = "database or disk is full"
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    recorder.write()

    answer = api.get("/readyz")

    assert api.get("/healthz").status_code == 200
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert "disk is full" in answer.json()["detail"]


def test_an_error_of_our_own_shows_no_insides(api: TestClient, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("secret insides")

    monkeypatch.setattr(fleet, "client", broken)

    answer = api.get("/api/clients/NIKITA")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
