"""What the command line writes where not every sign can be written."""

from __future__ import annotations

import io
import sys

import pytest

from microsip_manager.cli.screen import PLAIN, SIGN, console, speak_any_language, status_cell, table


@pytest.mark.parametrize("code_page", ["cp866", "cp1251", "ascii"])
def test_columns_stay_in_line_where_signs_cannot_be_written(monkeypatch: pytest.MonkeyPatch, code_page: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=code_page)
    monkeypatch.setattr(sys, "stdout", stream)

    speak_any_language()
    console().print(table(("Status", "Host"), ((status_cell(status), f"{PLAIN.keys()}") for status in SIGN)))
    stream.flush()

    lines = written.getvalue().decode(code_page).splitlines()
    assert {line.index("dict_keys") for line in lines[1:]} == {lines[0].index("Host")}
    assert [line.split()[0] for line in lines[1:]] == ["offline", "online", "dnd"]
