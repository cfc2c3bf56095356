"""The pictures are the same in both languages, and are read in light and in dark."""

from __future__ import annotations

import re
import struct
from xml.etree import ElementTree

import pytest

from tests.docs.markdown import ROOT, Page

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


PHOTOGRAPHS = ("board", "statistics")
MOST_BYTES = 200_000
"""Of one photograph: a page with both loads soon, and the repository stays small."""


def size_of(name: str) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = (ROOT / name).read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_in_both_languages_of_one_size_and_small(name: str) -> None:
    both = [f"docs/{name}.png", f"docs/{name}.ru.png"]

    assert size_of(both[0]) == size_of(both[1])
    assert all((ROOT / one).stat().st_size < MOST_BYTES for one in both)
    assert (ROOT / both[0]).read_bytes() != (ROOT / both[1]).read_bytes()


@pytest.mark.parametrize(("readme", "end"), [("README.md", ""), ("README.ru.md", ".ru")])
def test_each_readme_shows_the_photographs_of_its_language_and_says_what_they_show(readme: str, end: str) -> None:
    shown = dict(re.findall(r"!\[([^]]*)\]\((docs/[^)]+)\)", source(readme)))
    told = {path: text for text, path in shown.items()}

    assert {f"docs/{name}{end}.png" for name in PHOTOGRAPHS} <= set(told)
    assert all(len(told[f"docs/{name}{end}.png"]) > 60 for name in PHOTOGRAPHS)
    assert {link for link in Page(readme).links if link.startswith("docs/board")} == {f"docs/board{end}.png"}
