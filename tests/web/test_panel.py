"""The pages as the server gives them out: complete in both languages, and safe to show to a browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from microsip_manager.web.assets import FOLDER, build_of
from microsip_manager.web.panel import PAGES, TEMPLATES, Panel, Visitor
from microsip_manager.web.words_of import LANGUAGES, best_language, words_of

PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
OWN_MODULES = sorted((FOLDER / "js").glob("*.js"))


@pytest.fixture
def browser() -> TestClient:
    return TestClient(Starlette(routes=Panel("1.2.3", lambda request: Visitor("anna", "admin", "token")).routes()))


def names_in(text: Any) -> set[str]:
    """The places to fill in of a text, or of all its plural forms."""
    forms = list(text.values()) if isinstance(text, dict) else [text]
    return {name for form in forms if isinstance(form, str) for name in re.findall(r"\{(\w+)\}", form)}


def keys_used() -> Iterator[tuple[str, str]]:
    """Each key of a text that is written out in a template or a module, with where."""
    for path in sorted(TEMPLATES.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"""\bt\(["']([\w.-]+)["']\s*\)|words\[["']([\w.-]+)["']\]""", text)
        yield from ((path.name, one or other) for one, other in found)
    for path in OWN_MODULES:
        yield from ((path.name, key) for key in re.findall(r"""\bt\("([\w.-]+)\"""", path.read_text(encoding="utf-8")))


def test_both_languages_say_the_same_things() -> None:
    english, russian = (words_of(language) for language in LANGUAGES)

    assert list(english) == list(russian)
    for key, text in english.items():
        assert type(text) is type(russian[key]), key
        assert names_in(text) == names_in(russian[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_count_has_the_plural_forms_of_its_language(language: str) -> None:
    for key, text in words_of(language).items():
        assert not isinstance(text, dict) or set(text) == PLURALS[language], key


def test_every_text_that_is_asked_for_is_there() -> None:
    known = words_of("en")

    assert [(where, key) for where, key in keys_used() if key not in known] == []


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
