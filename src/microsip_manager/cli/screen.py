"""The screen of the command line: tables for people, JSON for programs, and never anything but text."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from microsip_manager.cli.text import as_json, one_line
from microsip_manager.wire.phone import PhoneStatus

SIGN = {PhoneStatus.OFFLINE: "⚫", PhoneStatus.ONLINE: "🟢", PhoneStatus.DND: "🔴"}
STYLE = {PhoneStatus.OFFLINE: "bright_black", PhoneStatus.ONLINE: "green", PhoneStatus.DND: "red"}

WIDE = 200
"""Columns of a table that goes into a file or a pipe: there is no edge to stay inside."""

NARROW = 110
"""On a screen with fewer columns, tables leave out what is seldom asked for; `--json` always has everything."""


def console(file: TextIO | None = None) -> Console:
    """A console that takes names for what they are: no markup, no emoji codes, no highlighting."""
    file = file or sys.stdout
    return Console(
        file=file,
        markup=False,
        emoji=False,
        highlight=False,
        width=None if file.isatty() else WIDE,
    )


PLAIN = {**dict.fromkeys(SIGN.values(), "  "), "…": "~", "–": "-", "→": ">", "✗": "x", "›": ">", "●": "*", "·": "-"}
"""What stands for our signs where they cannot be written; as wide as they are, so that columns stay in line."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    """The error handler `plain` of text streams."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(one, "?") for one in error.object[error.start : error.end]), error.end


def speak_any_language() -> None:
    """Let a screen or a file without our letters and signs get plain ones instead of ending the program."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        # Under test they may be something else than files.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")


def cell(text: object, style: str = "", limit: int = 255) -> Text:
    return Text(one_line(text, limit), style=style)


def status_cell(status: PhoneStatus) -> Text:
    return Text(f"{SIGN[status]} {status.value}", style=STYLE[status])


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    whole: Sequence[str] = (),
    right: Sequence[str] = (),
) -> Table:
    """A table of cells; those that are no `Text` yet become one.

    Columns named in `whole` hold short values of known length, such as times, and never go over two lines; those in
    `right` hold numbers.
    """
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        made.add_column(
            one_line(head), overflow="fold", no_wrap=head in whole, justify="right" if head in right else "left"
        )
    for row in rows:
        made.add_row(*(one if isinstance(one, Text) else cell(one) for one in row))
    return made


def print_json(value: object, *, indent: int | None = 2) -> None:
    print(as_json(value, indent=indent), flush=True)


def complain(text: object) -> None:
    print(one_line(text, 2000), file=sys.stderr, flush=True)


def local_time(moment: datetime) -> str:
    """A moment as the clock on this wall shows it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def print_text(text: str) -> None:
    print(text, flush=True)
