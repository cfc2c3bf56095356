"""The pages as the server gives them out: complete in both languages, and safe to show to a browser."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from microsip_manager.web.assets import FOLDER, build_of
from microsip_manager.web.panel import PAGES, TEMPLATES, Panel, Visitor
from microsip_manager.web.words_of import LANGUAGES, best_language, words_of

ORDERS = ("dnd-form", "message-form", "phone-form", "settings-form", "wish-cancel")
OWN_MODULES = sorted((FOLDER / "js").glob("*.js"))


def browser_of(role: str) -> TestClient:
    panel = Panel("1.2.3", lambda _: Visitor("anna", role, "token"))
    return TestClient(Starlette(routes=list(panel.routes())))


@pytest.fixture
def browser() -> TestClient:
    return browser_of("admin")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_every_language(browser: TestClient, path: str, language: str) -> None:
    answer = browser.get(path.replace("{hostname}", "NIKITA"), headers={"accept-language": f"{language};q=0.9"})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert words_of(language)["navigation"] in answer.text


def test_a_page_allows_nothing_but_its_own_files(browser: TestClient) -> None:
    answer = browser.get("/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_has_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|\|\s*safe", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


@pytest.mark.parametrize("module", OWN_MODULES, ids=lambda path: path.name)
def test_a_module_makes_no_markup_out_of_texts(module: Path) -> None:
    text = module.read_text(encoding="utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


@pytest.mark.parametrize("folder", [FOLDER / "vendor", Path(__file__).parent / "vendor"], ids=["panel", "tests"])
def test_the_libraries_are_those_that_were_fetched(folder: Path) -> None:
    record = json.loads((folder / "libraries.json").read_text(encoding="utf-8"))
    hashes = {path: found for about in record.values() for path, found in about["sha256"].items()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert there == {*hashes, "libraries.json"}
    for path, found in hashes.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == found, path
    assert all(any(path.endswith("/LICENSE") for path in about["sha256"]) for about in record.values())


def test_files_are_kept_by_browsers_until_they_change(browser: TestClient) -> None:
    fresh = browser.get(f"/static/{build_of()}/js/page.js")
    stale = browser.get("/static/000000000000/js/page.js")

    assert "immutable" in fresh.headers["cache-control"]
    assert stale.headers["cache-control"] == "no-cache"
    assert fresh.text == stale.text


@pytest.mark.parametrize("path", ["../panel.py", "%2e%2e/panel.py", "..%5cpanel.py", "js/../../panel.py", ""])
def test_nothing_but_those_files_is_given_out(browser: TestClient, path: str) -> None:
    assert browser.get(f"/static/{build_of()}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "accepted", "expected"),
    [
        ("ru", "en", "ru"),
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "de, en;q=0.3, ru;q=0.7", "ru"),
        ("xx", "", "en"),
        ("", "ru;q=0, fr", "en"),
        ("", "ru;q=soon", "en"),
        ("'><script>", "'><script>", "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_first_accepted(wanted: str, accepted: str, expected: str) -> None:
    assert best_language(wanted, accepted) == expected


@pytest.mark.parametrize(("role", "offered"), [("viewer", []), ("operator", [*ORDERS]), ("admin", [*ORDERS])])
def test_orders_are_offered_to_whoever_may_give_them(role: str, offered: list[str]) -> None:
    page = browser_of(role).get("/client/NIKITA").text

    assert [name for name in ORDERS if f'id="{name}"' in page] == offered
