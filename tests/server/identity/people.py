"""People at their browsers, for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx2
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from microsip_manager.server.app import create_app
from microsip_manager.server.services import Services

PASSWORD = "correct horse battery staple"
OTHER = "four quite other words"


@dataclass
class Browser:
    """Keeps the cookie as browsers do, and shows the token of its session where it has one."""

    http: TestClient
    csrf: str = ""

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        answer = self.http.post("/api/session", json={"name": name, "password": password, **more})
        if answer.status_code == 201:
            self.csrf = answer.json()["csrf_token"]
        return answer

    def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        answer = self.http.request(method, path, json=body, headers={"X-CSRF-Token": self.csrf} if self.csrf else {})
        if path == "/api/session/password" and answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer

    @property
    def who(self) -> dict[str, Any] | None:
        answer = self.http.get("/api/session")
        return dict(answer.json()) if answer.status_code == 200 else None

    @property
    def cookie(self) -> str:
        return str(self.http.cookies["microsip"])


@lru_cache(maxsize=1)
def app_of(services: Services) -> ASGIApp:
    """The application of a test, made once: that takes longer than most of what is asked of it."""
    return create_app(services, open_network=False)


def browser(services: Services, address: str = "127.0.0.1") -> Browser:
    return Browser(TestClient(app_of(services), base_url="http://127.0.0.1:8083", client=(address, 50000)))


def set_up(services: Services, name: str = "anna") -> Browser:
    """A server with its first administrator, who has signed in."""
    admin = browser(services)
    answer = admin.http.post("/api/setup", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    assert admin.sign_in(name).status_code == 201
    return admin


def make_user(admin: Browser, name: str, role: str = "viewer", **more: object) -> None:
    answer = admin.ask("POST", "/api/users", {"name": name, "password": PASSWORD, "role": role, **more})
    assert answer.status_code == 201, answer.text


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
