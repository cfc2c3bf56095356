"""Whatever can change something writes a row into the audit log: what it did with before and after, and each refusal.

A new endpoint without a line here fails.
"""

from __future__ import annotations

import json
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from microsip_manager.server.audit.layer import OF_AGENTS, SAFE
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.rights import RIGHTS
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of
from tests.server.identity.people import OTHER, PASSWORD, Browser, browser, make_user, set_up
from tests.server.identity.test_enrolment_api import Pc
from tests.server.identity.test_guard import shown

pytestmark = pytest.mark.thorough

CHANGING = sorted(row for row in RIGHTS if row[0] not in SAFE and row not in OF_AGENTS)
LUNCH = {"group": "Sales", "days": ["mon"], "start": "13:00", "end": "14:00"}


class Deeds:
    """Each endpoint used once with success, by an administrator who has signed in, in an order that makes sense."""

    def __init__(self, services: Services, fleet: Fleet, clock: HandClock) -> None:
        self.clock = clock
        fleet.record(beat_of("NIKITA"), "192.0.2.17")
        self.anna = set_up(services)
        self.boris = browser(services)
        self.done: set[tuple[str, str]] = {("POST", "/api/setup"), ("POST", "/api/session")}

    def ask(self, method: str, path: str, where: str, body: Any = None, by: Browser | None = None) -> Any:
        answer = (by or self.anna).ask(method, where, body)
        assert answer.status_code < 300, (method, where, answer.text)
        self.done.add((method, path))
        return answer.json() if answer.content else None

    def on(self, method: str, path: str, body: Any = None, **names: str) -> Any:
        return self.ask(method, path, path.format(**names), body)

    def all(self) -> None:
        self.on("PUT", "/api/groups/{name}", {"members": ["NIKITA"]}, name="Sales")
        self.on("PATCH", "/api/groups/{name}/members", {"add": ["OLGA"]}, name="Sales")
        self.on("PATCH", "/api/clients/{hostname}/labels", {"labels": {"floor": "2"}}, hostname="NIKITA")
        self.on("PUT", "/api/schedules/{name}", LUNCH, name="Lunch")
        self.on("DELETE", "/api/schedules/{name}", name="Lunch")
        nikita = {"hostname": "NIKITA"}
        self.on("POST", "/api/clients/{hostname}/set_dnd", {"enabled": True, "for": "1h"}, **nikita)
        self.on("DELETE", "/api/clients/{hostname}/wish", **nikita)
        self.on("POST", "/api/clients/{hostname}/get_setting", **nikita)
        self.on("POST", "/api/clients/{hostname}/display_message", {"text": "x"}, **nikita)
        self.on("POST", "/api/clients/{hostname}/telephone", {"action": "hang_up"}, **nikita)
        self.on("POST", "/api/clients/set_dnd", {"enabled": True, "all": True})
        self.on("POST", "/api/clients/display_message", {"message": {"text": "x"}, "all": True})
        self.on("DELETE", "/api/groups/{name}", name="Sales")
        self._webhooks()
        self._tokens()
        self._agents()
        self._people()
        for path in ("/api/privacy/export", "/api/privacy/erase"):
            self.on("POST", path, {"extension": "999"})

    def _webhooks(self) -> None:
        id = self.on("POST", "/api/webhooks", {"url": "https://hooks.example/x"})["id"]
        [hello] = self.anna.http.get(f"/api/webhooks/{id}/deliveries").json()
        again = "/api/webhooks/{id}/deliveries/{delivery_id}/redeliver"
        self.on("POST", again, id=id, delivery_id=hello["id"])
        self.on("DELETE", "/api/webhooks/{id}", id=id)

    def _tokens(self) -> None:
        id = self.on("POST", "/api/tokens", {"name": "script", "role": "viewer"})["about"]["id"]
        self.on("DELETE", "/api/tokens/{id}", id=id)

    def _agents(self) -> None:
        made = self.on("POST", "/api/join-tokens", {"name": "roll-out"})
        pc = Pc(self.anna.http, "PAVEL")
        pc.api = TestClient(self.anna.http.app, base_url="http://127.0.0.1:8083", client=("127.0.0.1", 50001))
        assert pc.enrol(made["join_token"]).status_code == 200
        self.done.add(("POST", "/api/agents/enrol"))
        before = pc.key
        pc.key = Pc(pc.api).key
        answer = pc.api.post("/api/agents/key", headers=shown(before), json={"key": pc.key})
        assert answer.status_code == 200, answer.text
        self.done.add(("POST", "/api/agents/key"))
        self.on("DELETE", "/api/join-tokens/{id}", id=made["about"]["id"])
        for verb in ("approve", "refuse"):
            assert Pc(pc.api, f"GALINA-{verb}").ask().status_code == 200
            self.done.add(("POST", "/api/agents/ask"))
            [waiting] = self.anna.http.get("/api/agents/pending").json()
            self.on("POST", f"/api/agents/pending/{{id}}/{verb}", id=waiting["id"])
        id = self.anna.http.get("/api/agents").json()[0]["id"]
        self.on("DELETE", "/api/agents/{id}", id=id)

    def _people(self) -> None:
        make_user(self.anna, "boris")
        self.done.add(("POST", "/api/users"))
        self.on("PATCH", "/api/users/{name}", {"role": "operator"}, name="boris")
        assert self.boris.sign_in("boris").status_code == 201
        change = {"password": PASSWORD, "new_password": OTHER}
        self.ask("POST", "/api/session/password", "/api/session/password", change, self.boris)
        assert self.boris.sign_in("boris", OTHER).status_code == 201
        self._second_factor()
        self.ask("DELETE", "/api/session", "/api/session", None, self.boris)
        assert self.boris.sign_in("boris", OTHER).status_code == 201
        self.ask("DELETE", "/api/session/all", "/api/session/all", None, self.boris)
        self.on("DELETE", "/api/users/{name}", name="boris")

    def _second_factor(self) -> None:
        factor = self.ask("POST", "/api/session/totp", "/api/session/totp", None, self.boris)
        code = pyotp.TOTP(factor["secret"]).at(self.clock.now())
        self.ask("PUT", "/api/session/totp", "/api/session/totp", {"code": code}, self.boris)
        self.ask("DELETE", "/api/session/totp", "/api/session/totp", {"password": OTHER}, self.boris)


SIGN_IN = ("POST", "/api/session")
"""Changes nothing that was there before: who came in is the whole of it."""


@pytest.fixture
def deeds(services: Services, fleet: Fleet, clock: HandClock) -> Deeds:
    made = Deeds(services, fleet, clock)
    made.all()
    return made


def rows(api: Browser, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.http.get("/api/audit", params={"limit": "1000", **filters}).json()
    return found


def test_every_deed_has_its_row_with_what_was_before_or_is_after(deeds: Deeds) -> None:
    assert deeds.done == set(CHANGING)

    found = rows(deeds.anna, outcome="ok")
    told = {row["what"] for row in found if row["before"] is not None or row["after"] is not None}
    assert {f"{method} {path}" for method, path in CHANGING} - told == {" ".join(SIGN_IN)}
    removals = [row for row in found if row["what"].startswith("DELETE") and "/session" not in row["what"]]
    assert [row["what"] for row in removals if row["before"] is None] == []
    assert " ".join(SIGN_IN) in {row["what"] for row in found}


def test_no_row_holds_a_secret(deeds: Deeds) -> None:
    told = json.dumps(rows(deeds.anna))

    for secret in (PASSWORD, OTHER, "mmt_", "mma_", "mmj_", "mms_", "hooks.example/x", "whsec_"):
        assert secret not in told


def test_agents_are_told_of_with_before_and_after(deeds: Deeds) -> None:
    by_what = {row["what"]: row for row in rows(deeds.anna, what="/api/agents")}

    assert by_what["POST /api/agents/enrol"]["before"] == {"hostname": "PAVEL"}
    assert by_what["POST /api/agents/enrol"]["after"]["name"] == "PAVEL"
    approved = by_what["POST /api/agents/pending/{id}/approve"]
    assert (approved["before"]["state"], approved["after"]["name"]) == ("waiting", "GALINA-approve")
    refused = by_what["POST /api/agents/pending/{id}/refuse"]
    assert (refused["before"]["hostname"], refused["after"]) == ("GALINA-refuse", {"state": "refused"})
    assert by_what["POST /api/agents/key"]["who"] == "agent PAVEL"
    assert by_what["DELETE /api/agents/{id}"]["before"]["name"] in ("PAVEL", "GALINA-approve")


def test_a_user_is_told_of_with_before_and_after(deeds: Deeds) -> None:
    [row] = rows(deeds.anna, what="PATCH /api/users")

    assert (row["target"], row["before"]["role"], row["after"]["role"]) == ("boris", "viewer", "operator")
    assert row["after"]["new_password"] is False


def test_every_refusal_has_its_row(services: Services) -> None:
    anna = set_up(services)
    make_user(anna, "vera")
    vera = browser(services)
    vera.sign_in("vera")
    for_all = {
        ("POST", "/api/session"),
        ("POST", "/api/setup"),
        ("POST", "/api/agents/enrol"),
        ("POST", "/api/agents/ask"),
    }
    own = {row for row in CHANGING if row[1].startswith("/api/session")}
    refused = [row for row in CHANGING if row not in for_all | own]
    for method, path in refused:
        where = path.replace("{hostname}", "NIKITA").replace("{name}", "Sales").replace("{id}", "0" * 32)
        answer = vera.ask(method, where.replace("{delivery_id}", f"msg_{'0' * 32}"))
        assert answer.status_code == 403, (method, path, answer.text)

    told = {row["what"]: row for row in rows(anna, outcome="failed")}

    assert set(told) == {f"{method} {path}" for method, path in refused}
    assert {(row["who"], row["outcome"], row["status"]) for row in told.values()} == {("user vera", "not-allowed", 403)}
