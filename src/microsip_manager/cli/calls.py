"""`calls`: who called whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

from microsip_manager.cli.screen import console, local_time, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.wire.calls import Call, CallDirection

PAGE = 200
"""Calls asked for at once."""


def add_to(app: typer.Typer) -> None:
    @app.command()
    def calls(
        context: typer.Context,
        host: Annotated[str | None, typer.Option("--host", help="Only of this PC.")] = None,
        extension: Annotated[str | None, typer.Option(help="Only of this extension.")] = None,
        number: Annotated[str | None, typer.Option(help="Only with this number.")] = None,
        direction: Annotated[CallDirection | None, typer.Option(help="Only of this kind.")] = None,
        since: Annotated[str | None, typer.Option("--from", help="Not before, such as 2026-03-02T08:00:00Z.")] = None,
        until: Annotated[str | None, typer.Option("--to", help="Before.")] = None,
        min_duration: Annotated[int | None, typer.Option(min=0, help="Seconds of talk at least.")] = None,
        limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
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
            console().print(_calls_table(found))
            print(f"{len(found)} calls")


def _calls_table(calls: Sequence[Call]) -> Table:
    return table(
        ("Started", "Hostname", "Extension", "Direction", "Number", "Name", "Talk", "Info"),
        (
            (
                local_time(call.started_at),
                call.hostname,
                call.extension,
                call.direction.value if call.ended else f"{call.direction.value} (under way)",
                call.number,
                call.name,
                talk(call.duration),
                call.info,
            )
            for call in calls
        ),
    )


def talk(seconds: int) -> str:
    """A duration as hours, minutes and seconds."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
