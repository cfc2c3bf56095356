"""`GET /api/clients/{hostname}/history`, joined with the whole application without a socket."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from tests.contracts.test_transitions import day_of
from tests.fakes.transitions import MemoryTransitions
from tests.server.conftest import beat_of


@pytest.fixture(autouse=True)
def known(fleet: Fleet) -> None:
    fleet.record(beat_of("Иванов-ПК"), "127.0.0.1")


def test_it_is_paged_by_link_newest_first(api: TestClient, transitions: MemoryTransitions) -> None:
    transitions.write(day_of("Иванов-ПК", 5))

    seen, page = [], "/api/clients/иванов-пк/history?limit=2&from=2026-03-02"
    while page:
        answer = api.get(page)
        assert answer.status_code == 200
        seen += [(each["id"], each["after"]) for each in answer.json()]
        found = re.fullmatch('<(.+)>; rel="next"', answer.headers.get("link", ""))
        page = found[1] if found else ""

    assert seen == [(5, "online"), (4, "dnd"), (3, "online"), (2, "dnd"), (1, "online")]


def test_a_client_that_has_no_changes_yet_has_an_empty_one(api: TestClient) -> None:
    assert api.get("/api/clients/Иванов-ПК/history").json() == []


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("/api/clients/NOBODY/history", 404, "unknown-client", "NOBODY"),
        ("/api/clients/Иванов-ПК/history?from=yesterday", 422, "bad-message", "query.from"),
        ("/api/clients/Иванов-ПК/history?form=2026-03-02", 422, "bad-message", "Did you mean 'from'?"),
        ("/api/clients/Иванов-ПК/history?limit=0", 422, "bad-message", "query.limit"),
        ("/api/clients/Иванов-ПК/history?cursor=x", 422, "bad-message", "query.cursor"),
        ("/api/clients/Иванов-ПК/history?cursor=WyIyMDI2LTAzLTAyVDEyOjAwOjAwWiIsIngiXQ", 422, "bad-message", "cursor"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_name(
    api: TestClient, path: str, status: int, code: str, said: str
) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.json()["detail"]


def test_a_database_that_does_not_answer_is_told_so(api: TestClient, transitions: MemoryTransitions) -> None:
    transitions.fails_with = "the disk is full"

    answer = api.get("/api/clients/Иванов-ПК/history")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
