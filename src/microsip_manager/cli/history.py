"""`history`: what a client has been through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated

import typer

from microsip_manager.cli.screen import console, local_time, print_json, status_cell, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import duration
from microsip_manager.wire.history import StatusChange

PAGE = 200
"""Changes asked for at once."""


def add_to(app: typer.Typer) -> None:
    @app.command()
    def history(
        context: typer.Context,
        host: Annotated[str, typer.Argument(metavar="HOST", help="The PC, by hostname.")],
        since: Annotated[
            str | None, typer.Option("--from", metavar="TIME", help="Not before, such as 2026-03-02T08:00:00Z.")
        ] = None,
        until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before.")] = None,
        limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many at most.")] = 50,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show what a PC has been through: `history NIKITA`."""
        wanted = {"from": since, "to": until, "limit": min(limit, PAGE)}
        filters = {name: value for name, value in wanted.items() if value is not None}
        found = list(islice(session_of(context).fleet.history(host, filters), limit))
        if json:
            print_json(found)
        else:
            console().print(table(("Since", "Status", "Lasted", "Before"), _rows(found), whole=("Since", "Lasted")))
            print(f"{len(found)} {'change' if len(found) == 1 else 'changes'}")


def _rows(found: Sequence[StatusChange]) -> Iterator[Sequence[object]]:
    """The newest first; how long the newest lasts nobody knows from this alone."""
    next_at = None
    for change in found:
        lasted = duration(int((next_at - change.at).total_seconds())) if next_at else ""
        before = change.before.value if change.before else ""
        yield local_time(change.at), status_cell(change.after), lasted, before
        next_at = change.at
