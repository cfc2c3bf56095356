"""examples/README_DND_CONTROL.md is true to the panel, in both languages, and so is its picture."""

from __future__ import annotations

import re
import shlex

import pytest

from microsip_manager.cli.dnd_control import _parser
from microsip_manager.cli.panel_state import SAME_KEY
from microsip_manager.cli.screen import SIGN
from microsip_manager.cli.session import ExitCode
from microsip_manager.cli.words import ENGLISH, RUSSIAN, Words
from microsip_manager.wire.phone import PhoneStatus
from tests.docs.dnd_panel_picture import CAST, PICTURE, picture
from tests.docs.markdown import ROOT, Page, Section

PAGE = Page("examples/README_DND_CONTROL.md")
HALF = len(PAGE.sections) // 2 + 1

for_both = pytest.mark.parametrize(
    ("sections", "words"),
    [(PAGE.sections[1:HALF], RUSSIAN), (PAGE.sections[HALF:], ENGLISH)],
    ids=["russian", "english"],
)


def test_both_halves_have_the_same_sections_and_commands() -> None:
    russian, english = PAGE.sections[1:HALF], PAGE.sections[HALF:]
    half = len(PAGE.blocks) // 2

    assert [section.level for section in russian] == [section.level for section in english]
    assert PAGE.blocks[:half] == PAGE.blocks[half:]
    for one, other in zip(russian, english, strict=True):
        assert set(one.codes) == set(other.codes)
        assert [row[0] for row in one.rows] == [row[0] for row in other.rows]


@for_both
def test_it_names_every_key_status_and_exit_code(sections: list[Section], words: Words) -> None:
    panel, without = sections[1], sections[2]
    named = [row[0] for row in panel.rows]

    assert named == [key for key, _ in words.keys] + [status.value for status in PhoneStatus]
    assert [row[1] for row in panel.rows[-3:]] == [SIGN[status] for status in PhoneStatus]
    for row, (_, meaning) in zip(panel.rows, words.keys, strict=False):
        assert row[1].startswith(meaning)
    assert [int(row[0]) for row in without.rows] == [code.value for code in ExitCode]


def test_the_letters_of_the_russian_layout_are_those_of_the_panel() -> None:
    named = set(re.findall(r"`([а-я])`", PAGE.text))

    assert named == {key for key in SAME_KEY if key.isalpha()}


def test_every_command_is_one_the_script_takes() -> None:
    lines = {line for block in PAGE.blocks for line in block.lines}

    for line in lines:
        python, script, *words = shlex.split(line)
        assert (python, (ROOT / script).is_file()) == ("python", True)
        _parser().parse_args(words)
    assert len(lines) == 6


def test_its_links_lead_somewhere() -> None:
    for link in PAGE.links:
        assert link.removeprefix("#") in PAGE.anchors if link.startswith("#") else (ROOT / "examples" / link).is_file()


def test_the_picture_is_what_the_panel_draws_and_loads_nothing() -> None:
    text = PICTURE.read_text(encoding="utf-8")

    # The times in it are those of the machine that drew it.
    moment = re.compile(r"\d{4}-\d{2}-\d{2}&#160;\d{2}:\d{2}:\d{2}")
    assert moment.sub("", text) == moment.sub("", picture())
    assert all(name in text for name in CAST)
    assert set(re.findall(r"https?://[^\"\s<&]+", text)) <= {"http://www.w3.org/2000/svg", "http://172.16.99.12:8083"}
