"""`dnd`: Do Not Disturb on and off, for some or for all, at once or for a time."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer
from msgspec import Struct
from rich.table import Table

from microsip_manager.cli.bulk import Result, for_each, whom, with_progress
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.screen import cell, complain, console, print_json, table
from microsip_manager.cli.session import ask_before, end, session_of
from microsip_manager.cli.wish_text import wish_text
from microsip_manager.wire.bulk import ClientResult
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.desired import ClientWish, Desired

FAILED = "failed"
"""Outcome of a command that did not even reach the client's agent; the detail says why."""


class Switch(enum.Enum):
    ON = "on"
    OFF = "off"
    CANCEL = "cancel"


class Row(Struct, frozen=True):
    """What became of the wish for one client, for tables and for `--json`."""

    hostname: str
    outcome: str
    dnd: bool | None
    detail: str
    ok: bool
    wish: Desired | None = None


def row(result: Result[DndAnswer]) -> Row:
    answer = result.answer
    if answer is None:
        return Row(result.hostname, FAILED, None, result.error, ok=False)
    wish = answer.wish if isinstance(answer.wish, Desired) else None
    return Row(answer.hostname, answer.outcome.value, answer.dnd, answer.detail, answer.outcome.is_accepted, wish)


def cancelled(result: Result[ClientWish]) -> Row:
    """The row of a wish that was cancelled; one that remains waits for its PC, to switch DND back."""
    answer = result.answer
    if answer is None:
        return Row(result.hostname, FAILED, None, result.error, ok=False)
    return Row(answer.hostname, "cancelled", None, "", ok=True, wish=answer.desired)


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
                cell("; ".join(filter(None, (one.detail, wish_text(one.wish)))), limit=500),
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
        switch: Annotated[Switch, typer.Argument(metavar="on|off|cancel", help="On, off, or cancel what is wished.")],
        host: Annotated[list[str] | None, typer.Argument(metavar="HOST", help="PCs, by hostname.")] = None,
        lasts: Annotated[
            str | None, typer.Option("--for", metavar="TIME", help="Back after so long: 90s, 30m, 8h, 2d.")
        ] = None,
        until: Annotated[
            str | None, typer.Option(metavar="MOMENT", help="Back at this moment: 2026-03-02T14:00:00+03:00.")
        ] = None,
        reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Shown with the client.")] = None,
        queue_for: Annotated[
            str | None,
            typer.Option(metavar="TIME", help="When a PC is off: set it when it returns within 8h, 2d."),
        ] = None,
        enforce: Annotated[bool, typer.Option("--enforce", help="Set it again when the user switches it.")] = False,
        everybody: Annotated[bool, typer.Option("--all", help="All that are not offline. Asks before.")] = False,
        group: Annotated[str | None, typer.Option(metavar="NAME", help="The members of this group.")] = None,
        minimum_available: Annotated[
            int,
            typer.Option(min=0, metavar="NUMBER", help="With --group: do nothing when fewer of it would stay online."),
        ] = 0,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="With --group: show who it is for.")] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Switch Do Not Disturb on or off, perhaps for a time, or cancel that."""
        if [bool(host), everybody, group is not None].count(True) != 1:
            raise typer.BadParameter("name the PCs, or say --group or --all")
        if group is None and (minimum_available or dry_run):
            raise typer.BadParameter("--minimum-available and --dry-run are for --group")
        named = {"for": lasts, "until": until, "reason": reason, "queue_for": queue_for}
        wish = {name: value for name, value in named.items() if value is not None}
        if switch is Switch.CANCEL and (wish or enforce or group is not None):
            raise typer.BadParameter("cancel takes no further options")
        fleet = session_of(context).fleet
        if group is not None:
            whole = {"enabled": switch is Switch.ON, "group": group, "dry_run": dry_run, **wish}
            whole |= {"minimum_available": minimum_available} | ({"enforce": True} if enforce else {})
            many = fleet.set_dnd_of_many(whole)
            _tell([bulk_row(one) for one in many.results], (), json)
            end(many.failed == 0)
        hostnames, left_out = whom(host or [], everybody, fleet.clients)
        if everybody and hostnames:
            what = "Cancel the wish" if switch is Switch.CANCEL else f"Switch DND {switch.value}"
            ask_before(f"{what} for {len(hostnames)} clients?", yes)
        wish |= {"enforce": "true"} if enforce else {}
        rows = _cancel(fleet, hostnames) if switch is Switch.CANCEL else _set(fleet, hostnames, switch, wish)
        _tell(rows, left_out, json)
        end(all(one.ok for one in rows))


def _set(fleet: FleetClient, hostnames: Sequence[str], switch: Switch, wish: Mapping[str, str]) -> list[Row]:
    results = for_each(hostnames, lambda hostname: fleet.set_dnd(hostname, switch is Switch.ON, wish))
    return _sorted(row(each) for each in with_progress(console(), f"DND {switch.value}", len(hostnames), results))


def _cancel(fleet: FleetClient, hostnames: Sequence[str]) -> list[Row]:
    results = for_each(hostnames, fleet.cancel_wish)
    return _sorted(cancelled(each) for each in with_progress(console(), "DND cancel", len(hostnames), results))


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda one: one.hostname)


def _tell(rows: Sequence[Row], left_out: Sequence[str], json: bool) -> None:
    if not json:
        console().print(rows_table(rows))
        print(summary(rows, left_out))
        return
    print_json(rows)
    if left_out:
        complain(summary(rows, left_out))
