"""`audit`: who did what, and whether the log of it is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from microsip_manager.cli.screen import NARROW, complain, console, local_time, print_json, table
from microsip_manager.cli.session import end, session_of
from microsip_manager.cli.text import as_json, as_lines, one_line
from microsip_manager.wire.audit import AuditRecord

PAGE = 200
"""Rows asked for at once."""

Who = Annotated[str | None, typer.Option(metavar="NAME", help="Only by this user, token or agent.")]
What = Annotated[str | None, typer.Option(metavar="TEXT", help="Only with this in what was done, such as DELETE.")]
Host = Annotated[str | None, typer.Option("--host", metavar="HOST", help="Only on this PC.")]
Outcome = Annotated[
    str | None, typer.Option(metavar="OUTCOME", help="ok, failed for all others, or a code such as not-allowed.")
]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Not before, such as 2026-03-02T08:00:00Z.")]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before.")]


def add_to(app: typer.Typer) -> None:
    audit = typer.Typer(help="Who did what, from where and on whom.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(audit, name="audit")

    @audit.command("list")
    def list_(
        context: typer.Context,
        who: Who = None,
        what: What = None,
        host: Host = None,
        outcome: Outcome = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many at most.")] = 50,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show what was done, newest first."""
        filters = _filters(who, what, host, outcome, since, until) | {"limit": min(limit, PAGE)}
        found = list(islice(session_of(context).fleet.audit(filters), limit))
        if json:
            print_json(found)
            return
        screen = console()
        screen.print(_table(found, screen.width))
        print(f"{len(found)} {'row' if len(found) == 1 else 'rows'}")

    @audit.command()
    def export(
        context: typer.Context,
        file: Annotated[Path | None, typer.Argument(help="A new file; none: the screen.")] = None,
        who: Who = None,
        what: What = None,
        host: Host = None,
        outcome: Outcome = None,
        since: Since = None,
        until: Until = None,
        json: Annotated[bool, typer.Option("--json", help="A line of JSON for each row in place of CSV.")] = False,
    ) -> None:
        """Take all rows away as CSV for a spreadsheet, or as JSON with their hashes."""
        fleet, filters = session_of(context).fleet, _filters(who, what, host, outcome, since, until)
        parts = _json_lines(fleet.audit(filters | {"limit": PAGE})) if json else fleet.audit_csv(filters)
        if file is None:
            for part in parts:
                sys.stdout.write(as_lines(part))
            return
        try:
            # A new one: nobody's file is overwritten.
            with file.open("x", encoding="utf-8", newline="") as opened:
                opened.writelines(parts)
        except OSError as error:
            complain(f"{file}: {error.strerror or error}")
            end(all_done=False)

    @audit.command()
    def verify(
        context: typer.Context,
        anchor: Annotated[
            str | None,
            typer.Option(metavar="ROW:HASH", help="Of a row, as it was kept elsewhere, such as in the server's log."),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Check that no row was changed, removed, put in or moved. Exit code 1 when one was."""
        found = session_of(context).fleet.check_audit(anchor)
        if json:
            print_json(found)
        else:
            for broken in found.broken:
                print(one_line(f"row {broken.seq}: {broken.why}", 1000))
            verdict = "whole" if found.ok else "NOT whole"
            print(f"{found.rows} rows, {found.first} to {found.last}: {verdict}")
            if found.ok:
                print(f"To check later from here: --anchor {found.last}:{one_line(found.hash)}")
        end(found.ok)


def _filters(
    who: str | None, what: str | None, host: str | None, outcome: str | None, since: str | None, until: str | None
) -> dict[str, str | int]:
    named = {"who": who, "what": what, "hostname": host, "outcome": outcome, "from": since, "to": until}
    return {name: value for name, value in named.items() if value is not None}


def _json_lines(rows: Iterator[AuditRecord]) -> Iterator[str]:
    return (as_json(row, indent=None) + "\n" for row in rows)


def _table(rows: list[AuditRecord], width: int) -> Table:
    heads = ["When", "Who", "From", "What", "On", "Outcome", "Times", "Change"]
    if width < NARROW:
        heads = [head for head in heads if head not in ("From", "Times", "Change")]
    shown = ([cells[head] for head in heads] for cells in map(_cells, rows))
    return table(heads, shown, whole=("When",), right=("Times",))


def _cells(row: AuditRecord) -> dict[str, str]:
    return {
        "When": local_time(row.at),
        "Who": row.who,
        "From": row.address,
        "What": row.what,
        "On": " ".join(filter(None, (row.hostname, row.target, *row.numbers))),
        "Outcome": row.outcome,
        "Times": str(row.times) if row.times > 1 else "",
        "Change": _change(row),
    }


def _change(row: AuditRecord) -> str:
    before, after = (as_json(one, indent=None) if one is not None else "" for one in (row.before, row.after))
    return f"{before} → {after}" if before and after else before or after
