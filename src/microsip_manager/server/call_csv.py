"""Calls as CSV, for spreadsheets: RFC 4180, UTF-8 with a byte order mark. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC

from microsip_manager.wire.calls import Call

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes the text for one in the ANSI code page."""

COLUMNS = ("started_at", "hostname", "extension", "direction", "number", "name", "duration", "ended", "info", "id")

_FORMULA = re.compile(
    # Where a list separator is `;`, as in the Russian Excel, or a tab, what follows one is a cell of its own, whatever
    # quotes there are around.
    r"""(^[" ]*|[;\t\r\n|]["' ]*)(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"""
)


def head() -> str:
    return BYTE_ORDER_MARK + csv_lines([COLUMNS])


def lines(calls: Sequence[Call]) -> str:
    return csv_lines([_cells(call) for call in calls])


def safe(cell: str) -> str:
    """The cell as text, also where a spreadsheet would take it for a formula and carry it out."""
    return _FORMULA.sub(r"\1'", cell)


def _cells(call: Call) -> Sequence[str]:
    return (
        call.started_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        safe(call.hostname),
        safe(call.extension),
        call.direction.value,
        safe(call.number),
        safe(call.name),
        str(call.duration),
        str(call.ended).lower(),
        safe(call.info),
        call.id,
    )


def csv_lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
