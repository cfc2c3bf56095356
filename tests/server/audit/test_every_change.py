"""Whatever can change something writes a row into the audit log: what it did with before and after, and each refusal.

A new endpoint without a line here fails.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.audit.layer import OF_AGENTS, SAFE
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.rights import RIGHTS
from microsip_manager.server.services import Services
from tests.server.conftest import beat_of
from tests.server.identity.people import OTHER, PASSWORD, Browser, browser, make_user, set_up
from tests.server.identity.test_enrolment_api import Pc, join_token
from tests.server.identity.test_guard import shown

CHANGING = sorted(row for row in RIGHTS if row[0] not in SAFE and row not in OF_AGENTS)
LUNCH = {"group": "Sales", "days": ["mon"], "start": "13:00", "end": "14:00"}


class Deeds:
    """Each endpoint used once with success, by an administrator who has signed in, in an order that makes sense."""

    def __init__(self, services: Services, fleet: Fleet) -> None:
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
        import pyotp

        factor = self.ask("POST", "/api/session/totp", "/api/session/totp", None, self.boris)
        code = pyotp.TOTP(factor["secret"]).at(self.boris_clock)
        self.ask("PUT", "/api/session/totp", "/api/session/totp", {"code": code}, self.boris)
        self.ask("DELETE", "/api/session/totp", "/api/session/totp", {"password": OTHER}, self.boris)

    boris_clock: Any = None
