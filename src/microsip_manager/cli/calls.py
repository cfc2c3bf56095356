"""`calls`: who called whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

from microsip_manager.cli.screen import NARROW, console, local_time, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import duration
from microsip_manager.wire.calls import Call, CallDirection

PAGE = 200
"""Calls asked for at once."""


def add_to(app: typer.Typer) -> None:
    @app.command()
    def calls(
        context: typer.Context,
        host: Annotated[str | None, typer.Option("--host", metavar="HOST", help="Only of this PC.")] = None,
        extension: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only of this extension.")] = None,
        number: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only with this number.")] = None,
        direction: Annotated[CallDirection | None, typer.Option(help="Only of this kind.")] = None,
        since: Annotated[
            str | None, typer.Option("--from", metavar="TIME", help="Not before, such as 2026-03-02T08:00:00Z.")
        ] = None,
        until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before.")] = None,
        min_duration: Annotated[
            int | None, typer.Option(min=0, metavar="SECONDS", help="Seconds of talk at least.")
        ] = None,
        limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many at most.")] = 50,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show calls, newest first."""
        wanted: dict[str, str | int | None] = {
            "hostname": host,
            "extension": extension,
            "number": number,
            "direction": direction.value if direction else None,
            "from": since,
            "to": until,
            "min_duration": min_duration,
            "limit": min(limit, PAGE),
        }
        filters = {name: value for name, value in wanted.items() if value is not None}
        found = list(islice(session_of(context).fleet.all_calls(filters), limit))
        if json:
            print_json(found)
        else:
            screen = console()
            screen.print(_calls_table(found, screen.width))
            print(f"{len(found)} {'call' if len(found) == 1 else 'calls'}")


def _calls_table(calls: Sequence[Call], width: int) -> Table:
    heads = ["Started", "Hostname", "Extension", "Direction", "Number", "Name", "Talk", "Info"]
    if width < NARROW:
        heads = [head for head in heads if head not in ("Extension", "Info")]
    rows = (_cells(call) for call in calls)
    return table(heads, ([row[head] for head in heads] for row in rows), whole=("Started", "Talk"), right=("Talk",))


def _cells(call: Call) -> dict[str, str]:
    direction = call.direction.value.replace("_", " ").replace("dnd", "DND")
    return {
        "Started": local_time(call.started_at),
        "Hostname": call.hostname,
        "Extension": call.extension,
        "Direction": direction if call.ended else f"{direction} (under way)",
        "Number": call.number,
        "Name": call.name,
        "Talk": duration(call.duration),
        "Info": call.info,
    }
