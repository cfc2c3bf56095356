"""Terminal injection: whatever the server tells, no command of the command line lets a terminal obey it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httpx2
import msgspec
import pytest

from microsip_manager.cli.main import main
from microsip_manager.cli.session import ExitCode
from microsip_manager.server.app import create_api
from microsip_manager.server.identity.rights import Endpoints
from tests.cli.office import FIRST
from tests.fakes.services import fake_services

pytestmark = pytest.mark.thorough

DECEIT = "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x07\u202eevil\r\nroot\x9b31m\x00\u2028"
PATHS = create_api(fake_services()).openapi()["paths"]
ENDPOINTS = Endpoints()

COMMANDS: list[tuple[str, ...]] = [
    ("status",),
    ("status", "NIKITA"),
    ("history", "NIKITA"),
    ("dnd", "on", "NIKITA"),
    ("dnd", "cancel", "NIKITA"),
    ("phone", "hang_up", "NIKITA"),
    ("groups", "list"),
    ("groups", "show", "Sales"),
    ("schedules", "list"),
    ("schedules", "runs", "Lunch"),
    ("calls",),
    ("stats",),
    ("message", "NIKITA", "hello"),
    ("setting", "NIKITA"),
    ("webhooks", "list"),
    ("webhooks", "deliveries", "0" * 32),
    ("user", "list"),
    ("token", "list"),
    ("token", "create", "script", "--role", "viewer"),
    ("join-token", "list"),
    ("join-token", "create"),
    ("agent", "list"),
    ("agent", "pending"),
    ("audit", "list"),
    ("audit", "verify"),
    ("privacy", "export", "--extension", "485"),
    ("privacy", "erase", "--extension", "485", "--dry-run"),
]


def poisoned(example: Any, field: str, inside: str = "") -> Any:
    """The example with the deceit behind each text of this field."""
    if isinstance(example, dict):
        return {name: poisoned(value, field, name) for name, value in example.items()}
    if isinstance(example, list):
        return [poisoned(value, field, inside) for value in example]
    return f"{example}{DECEIT}" if isinstance(example, str) and inside == field else example


def fields_of(example: Any, inside: str = "") -> set[str]:
    """The fields with a text in them."""
    if isinstance(example, dict):
        return set().union(*(fields_of(value, name) for name, value in example.items()))
    if isinstance(example, list):
        return set().union(*(fields_of(value, inside) for value in example))
    return {inside} if isinstance(example, str) else set()


class Hostile:
    """A server that tells what the reference has as examples, with one field poisoned, or refuses with such a text."""

    def __init__(self) -> None:
        self.poison = ""
        self.fields: set[str] = set()
        """Those that were seen."""

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        found = ENDPOINTS.find(request.method, unquote(request.url.path))
        assert found is not None, request.url
        if self.poison == "refusal":
            body = {"code": "not-allowed", "title": DECEIT, "status": 403, "detail": DECEIT}
            return httpx2.Response(403, content=msgspec.json.encode(body))
        told = PATHS[found.path][found.method.lower()]["responses"]
        example = told.get("200", told.get("201"))["content"]["application/json"]["example"]
        self.fields |= fields_of(example)
        return httpx2.Response(200, content=msgspec.json.encode(poisoned(example, self.poison)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_that_a_server_tells_is_obeyed(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    server = Hostile()
    transport = httpx2.MockTransport(server.answer)
    assert main(["--server", FIRST, *words], transport) != ExitCode.USAGE, capsys.readouterr()
    assert server.fields

    for field in (*sorted(server.fields), "refusal"):
        server.poison = field
        for form in ((), ("--json",)):
            if form and words[:2] == ("privacy", "export"):
                continue  # it is JSON in any case
            main(["--server", FIRST, *words, *form], transport)

            said = "".join(capsys.readouterr())
            assert said
            assert [one for one in said if not one.isprintable() and one != "\n"] == [], field
            assert "Usage:" not in said, said
