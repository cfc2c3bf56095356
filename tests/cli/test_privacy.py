"""`microsip-manager privacy`: it tells first, asks, and only then erases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.privacy import (
    PrivacyErased,
    PrivacyErasureReport,
    PrivacyExport,
    PrivacyRows,
    PrivacyStay,
)
from tests.cli.office import FIRST, Office, answer_of

Run = Callable[..., tuple[int, str, str]]
STAYS = [PrivacyStay("audit", "The chain holds its rows together.")]


@pytest.fixture
def office() -> Office:
    office = Office()

    def erase(request: httpx2.Request) -> httpx2.Response:
        dry_run = json.loads(request.content)["dry_run"]
        return answer_of(PrivacyErasureReport(dry_run, ["+7\x1b[2J"], [PrivacyErased("calls", "removed", 3)], STAYS))

    office.more["/api/privacy/erase"] = erase
    office.more["/api/privacy/export"] = lambda _: answer_of(
        PrivacyExport(["+7"], [PrivacyRows("calls", [{"number": "+7", "name": "\x1b[2J"}])], STAYS)
    )
    return office


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "privacy", *words], office.transport)
        return code, *capsys.readouterr()

    return run


def sent(office: Office) -> list[Any]:
    return [json.loads(request.content) for request in office.asked]


def test_it_exports_as_json(office: Office, run: Run) -> None:
    code, said, _ = run("export", "--number", "+7 495")

    assert code == 0
    assert json.loads(said)["found"][0]["where"] == "calls"
    assert "\x1b" not in said
    assert sent(office) == [{"number": "+7 495"}]


def test_a_dry_run_erases_nothing(office: Office, run: Run) -> None:
    code, said, _ = run("erase", "--extension", "485", "--dry-run")

    assert code == 0
    assert "Would be erased" in said
    assert "The chain holds its rows together." in said
    assert "\x1b" not in said
    assert sent(office) == [{"extension": "485", "dry_run": True}]


def test_without_a_terminal_nothing_is_erased_unless_asked_by_yes(office: Office, run: Run) -> None:
    assert run("erase", "--extension", "485")[0] == 2
    assert [wish["dry_run"] for wish in sent(office)] == [True]

    code, said, _ = run("erase", "--extension", "485", "--yes")

    assert code == 0
    assert "Erased" in said
    assert [wish["dry_run"] for wish in sent(office)] == [True, False]


@pytest.mark.parametrize("words", [(), ("--number", "1", "--extension", "2")])
@pytest.mark.parametrize("verb", ["export", "erase"])
def test_it_wants_one_of_both(office: Office, run: Run, verb: str, words: tuple[str, ...]) -> None:
    assert run(verb, *words)[0] == 2
    assert office.asked == []
