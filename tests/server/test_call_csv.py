"""Calls as a spreadsheet reads them."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.server import call_csv
from tests.contracts.test_call_store import call

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def test_a_line_is_what_the_head_says() -> None:
    [head, line] = csv.reader(
        io.StringIO((call_csv.head() + call_csv.lines([call()])).removeprefix("\ufeff"), newline="")
    )

    assert dict(zip(head, line, strict=True)) == {
        "started_at": "2026-03-02 12:00:00",
        "hostname": "NIKITA",
        "extension": "485",
        "direction": "outgoing",
        "number": "486",
        "name": "Ольга",
        "duration": "60",
        "ended": "true",
        "info": "Call Ended",
        "id": call().id,
    }


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_what_a_spreadsheet_would_carry_out_is_text(begin: str) -> None:
    assert call_csv.safe(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"


@pytest.mark.parametrize("begin", [";", "Anna;", 'Anna";', "Anna; ", 'a;"', "a\t", "a|", " "])
def test_nor_where_another_separator_begins_a_cell(begin: str) -> None:
    assert call_csv.safe(f"{begin}=HYPERLINK(1)") == f"{begin}'=HYPERLINK(1)"


def test_other_text_stays_as_it_is() -> None:
    for text in ("", "486", "a=1", "'", "a; b", "Anna; 5-10", "a-b;c"):
        assert call_csv.safe(text) == text


TEXTS = st.text(st.sampled_from("=+-@;|,\"' \tab1\uff1d") | st.characters()).filter(str.isprintable)


@given(TEXTS, TEXTS)
def test_every_name_and_note_comes_back_as_one_cell_that_is_no_formula(name: str, info: str) -> None:
    text = call_csv.lines([msgspec.structs.replace(call(), name=name, info=info, number="=1", hostname="@x")])

    [line] = csv.reader(io.StringIO(text, newline=""))
    assert [cell.replace("'", "") for cell in (line[5], line[8])] == [name.replace("'", ""), info.replace("'", "")]
    for separator in ",;|":
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not any(cell.lstrip('" ').startswith(FORMULA) for cell in cells[1:])
