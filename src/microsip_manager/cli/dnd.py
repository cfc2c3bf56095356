"""`dnd`: Do Not Disturb on and off, for some or for all."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import Struct
from rich.table import Table

from microsip_manager.cli.bulk import Result, for_each, whom, with_progress
from microsip_manager.cli.screen import cell, complain, console, print_json, table
from microsip_manager.cli.session import ask_before, end, session_of
from microsip_manager.wire.bulk import ClientResult
from microsip_manager.wire.commands import DndAnswer

FAILED = "failed"
"""Outcome of a command that did not even reach the client's agent; the detail says why."""


class Switch(enum.Enum):
    ON = "on"
    OFF = "off"


class Row(Struct, frozen=True):
    """What became of the wish for one client, for tables and for `--json`."""

    hostname: str
    outcome: str
    dnd: bool | None
    detail: str
    ok: bool


def row(result: Result[DndAnswer]) -> Row:
    answer = result.answer
    if answer is None:
        return Row(result.hostname, FAILED, None, result.error, ok=False)
    return Row(answer.hostname, answer.outcome.value, answer.dnd, answer.detail, answer.outcome.is_success)


def bulk_row(one: ClientResult) -> Row:
    return Row(one.hostname, one.outcome, one.dnd, one.detail, one.ok)


def rows_table(rows: Sequence[Row]) -> Table:
    return table(
        ("Hostname", "Outcome", "DND", "Detail"),
        (
            (
                one.hostname,
                cell(one.outcome, "green" if one.ok else "red"),
                {True: "on", False: "off", None: "?"}[one.dnd],
                cell(one.detail, limit=500),
            )
            for one in rows
        ),
    )


def summary(rows: Sequence[Row], left_out: Sequence[str]) -> str:
    done = sum(one.ok for one in rows)
    offline = f"; {len(left_out)} offline, left out" if left_out else ""
    return f"{done} of {len(rows)} done{offline}"


def add_to(app: typer.Typer) -> None:
    @app.command()
    def dnd(
        context: typer.Context,
        switch: Annotated[Switch, typer.Argument(metavar="on|off", help="On or off.")],
        host: Annotated[list[str] | None, typer.Argument(metavar="HOST", help="PCs, by hostname.")] = None,
        everybody: Annotated[bool, typer.Option("--all", help="All that are not offline. Asks before.")] = False,
        group: Annotated[str | None, typer.Option(help="The members of this group.")] = None,
        minimum_available: Annotated[
            int, typer.Option(min=0, help="With --group: do nothing when fewer of it would stay online.")
        ] = 0,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="With --group: show who it is for.")] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Switch Do Not Disturb on or off."""
        if [bool(host), everybody, group is not None].count(True) != 1:
            raise typer.BadParameter("name the PCs, or say --group or --all")
        if group is None and (minimum_available or dry_run):
            raise typer.BadParameter("--minimum-available and --dry-run are for --group")
        fleet = session_of(context).fleet
        if group is not None:
            wish = {"enabled": switch is Switch.ON, "group": group, "dry_run": dry_run}
            many = fleet.set_dnd_of_many({**wish, "minimum_available": minimum_available})
            _tell([bulk_row(one) for one in many.results], (), json)
            end(many.failed == 0)
        hostnames, left_out = whom(host or [], everybody, fleet.clients)
        if everybody and hostnames:
            ask_before(f"Switch DND {switch.value} for {len(hostnames)} clients?", yes)
        results = for_each(hostnames, lambda hostname: fleet.set_dnd(hostname, switch is Switch.ON))
        rows = sorted(
            (row(result) for result in with_progress(console(), f"DND {switch.value}", len(hostnames), results)),
            key=lambda one: one.hostname,
        )
        _tell(rows, left_out, json)
        end(all(one.ok for one in rows))


def _tell(rows: Sequence[Row], left_out: Sequence[str], json: bool) -> None:
    if not json:
        console().print(rows_table(rows))
        print(summary(rows, left_out))
        return
    print_json(rows)
    if left_out:
        complain(summary(rows, left_out))
