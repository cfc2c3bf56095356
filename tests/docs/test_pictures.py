"""The pictures are the same in both languages, and are read in light and in dark."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.docs.markdown import ROOT

ENGLISH, RUSSIAN = "docs/parts.svg", "docs/parts.ru.svg"
SVG = "{http://www.w3.org/2000/svg}"
TEXTS = {f"{SVG}text", f"{SVG}title", f"{SVG}desc"}

for_both = pytest.mark.parametrize("name", [ENGLISH, RUSSIAN])


def source(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def elements(name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(source(name)).iter())  # noqa: S314 - a file of our own


def drawn(name: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is drawn and where, without the words."""
    return [
        (element.tag, sorted((key, value) for key, value in element.attrib.items() if not key.endswith("lang")))
        for element in elements(name)
    ]


def test_both_draw_the_same() -> None:
    assert drawn(RUSSIAN) == drawn(ENGLISH)


@for_both
def test_it_says_what_it_shows_to_those_who_cannot_see_it(name: str) -> None:
    told = [element.text for element in elements(name) if element.tag in (f"{SVG}title", f"{SVG}desc")]

    assert len(told) == 2
    assert all(told)


@for_both
def test_it_has_a_background_and_colours_of_its_own_for_light_and_dark(name: str) -> None:
    light, dark = (set(re.findall(r"(--\w+):", colours)) for colours in re.findall(r"svg \{([^}]*)\}", source(name)))

    assert "prefers-color-scheme: dark" in source(name)
    assert light == dark
    assert set(re.findall(r"var\((--\w+)\)", source(name))) == light


@for_both
def test_it_loads_nothing_from_elsewhere(name: str) -> None:
    assert set(re.findall(r"https?://[^\"\s<]+", source(name))) == {"http://www.w3.org/2000/svg"}


def test_the_russian_one_is_in_russian() -> None:
    words = [element.text or "" for element in elements(RUSSIAN) if element.tag in TEXTS]

    assert sum(bool(re.search("[а-яё]", text)) for text in words) > 10
