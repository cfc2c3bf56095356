"""What the panel says, it says in every language, with all plural forms and the same names to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from microsip_manager.web import words_of
from microsip_manager.wire.calls import CallDirection
from microsip_manager.wire.clients import NoRingCode
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import WishEnd, WishState
from microsip_manager.wire.messages import MessageState
from microsip_manager.wire.phone_state import Registration
from microsip_manager.wire.telephone import TelephoneAction, TelephoneOutcome

WEB = Path(words_of.__file__).parent
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
SAID = re.compile(r"""\bt\(\s*["']([^"']+)["']\s*[,)]""")


def names_in(text: Any) -> set[str]:
    texts = text.values() if isinstance(text, dict) else [text] if isinstance(text, str) else []
    return {name for one in texts for name in re.findall(r"\{(\w+)\}", one)}


@pytest.mark.parametrize("language", words_of.LANGUAGES)
def test_each_language_has_the_same_keys_and_the_same_names_to_fill_in(language: str) -> None:
    own, usual = words_of.words_of(language), words_of.words_of(words_of.USUAL)

    assert own.keys() == usual.keys()
    assert {key: names_in(text) for key, text in own.items()} == {key: names_in(text) for key, text in usual.items()}


@pytest.mark.parametrize("language", words_of.LANGUAGES)
def test_a_text_that_depends_on_a_number_has_every_form_of_its_language(language: str) -> None:
    plural = {key: set(text) for key, text in words_of.words_of(language).items() if isinstance(text, dict)}

    assert {key for key, forms in plural.items() if forms != PLURALS[language]} == set()


def test_everything_that_pages_and_modules_name_has_words() -> None:
    files = [*WEB.glob("templates/*.html"), *WEB.glob("static/js/*.js")]
    said = {key for file in files for key in SAID.findall(file.read_text(encoding="utf-8"))}

    assert said - words_of.words_of(words_of.USUAL).keys() == set()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("ring.", NoRingCode),
        ("registration.", Registration),
        ("kind.", CallDirection),
        ("outcome.", DndOutcome),
        ("outcome.", TelephoneOutcome),
        ("command.telephone ", TelephoneAction),
        ("wish.state-", WishState),
        ("wish.end-", WishEnd),
        ("message.state-", MessageState),
    ],
)
def test_every_value_that_the_server_can_tell_has_words(prefix: str, values: Any) -> None:
    assert {f"{prefix}{one.value}" for one in values} - words_of.words_of(words_of.USUAL).keys() == set()
