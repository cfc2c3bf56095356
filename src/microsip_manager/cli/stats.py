"""`stats`: how many are in which status, calls and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from microsip_manager.cli.screen import NARROW, SIGN, console, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import duration, one_line
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.stats import CallFigures, ClientFigures, HourFigures, Stats, StatusTimes, Totals

Figures: TypeAlias = ClientFigures | HourFigures | Totals
Column: TypeAlias = tuple[str, Callable[[CallFigures], object]]

CALLS: tuple[Column, ...] = (
    ("Calls", lambda calls: calls.total),
    ("Out", lambda calls: calls.by_direction.outgoing),
    ("In", lambda calls: calls.by_direction.incoming),
    ("Missed", lambda calls: calls.missed),
    ("By DND", lambda calls: calls.lost_to_dnd),
    ("Answered", lambda calls: calls.answered),
    ("Talk", lambda calls: duration(calls.talk_time)),
    ("Mean", lambda calls: "–" if calls.mean_duration is None else duration(round(calls.mean_duration))),
)
ELSEWHERE: Column = ("Elsewhere", lambda calls: calls.by_direction.answered_elsewhere)
"""Seldom asked for: shown where there is room."""


def add_to(app: typer.Typer) -> None:
    @app.command()
    def stats(
        context: typer.Context,
        since: Annotated[
            str | None,
            typer.Option("--from", metavar="TIME", help="Not before: a day or a moment, such as 2026-03-02."),
        ] = None,
        until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before.")] = None,
        tz: Annotated[
            str | None, typer.Option(metavar="ZONE", help="Time zone of days and hours, such as Europe/Moscow.")
        ] = None,
        host: Annotated[str | None, typer.Option("--host", metavar="HOST", help="Only of this PC.")] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show how many are in which status, calls and times.

        Of today so far, unless told otherwise.
        """
        wanted = {"from": since, "to": until, "tz": tz, "hostname": host}
        found = session_of(context).fleet.stats({name: value for name, value in wanted.items() if value})
        if json:
            print_json(found)
        else:
            show(console(), found)


def show(screen: Console, found: Stats) -> None:
    """The figures as tables, each with everything together in its last row."""
    counts = ((status, getattr(found.clients_now, status.value)) for status in PhoneStatus)
    print("now: " + "  ".join(f"{SIGN[status]} {number} {status.value}" for status, number in counts))
    print(f"{_moment(found.start)} to {_moment(found.end)}, {one_line(found.tz)}")
    columns = CALLS if screen.width < NARROW else (*CALLS, ELSEWHERE)
    clients = [(one.hostname, one) for one in found.clients] + [("all", found.totals)]
    hours = [(_moment(hour.start), hour) for hour in found.hours if hour.calls.total]
    _show_part(screen, "Calls by PC", _calls("Hostname", clients, columns))
    if hours:
        _show_part(screen, "Hours with calls", _calls("From", hours, columns))
    _show_part(screen, "Time in each status", _times(clients))


def _show_part(screen: Console, title: str, rows: Table) -> None:
    screen.print(f"\n{title}", style="bold")
    screen.print(rows)


def _calls(what: str, rows: Sequence[tuple[str, Figures]], columns: Sequence[Column]) -> Table:
    heads = [head for head, _ in columns]
    cells = ((name, *(show(one.calls) for _, show in columns)) for name, one in rows)
    return table((what, *heads), cells, whole=heads, right=heads)


def _times(rows: Sequence[tuple[str, Figures]]) -> Table:
    heads = [status.value.capitalize() if status is not PhoneStatus.DND else "DND" for status in PhoneStatus]
    cells = ((name, *_time_cells(one.time)) for name, one in rows)
    return table(("Hostname", *heads), cells, whole=heads, right=heads)


def _time_cells(time: StatusTimes) -> list[str]:
    return [duration(round(getattr(time, status.value))) for status in PhoneStatus]


def _moment(moment: datetime) -> str:
    """In the time zone asked for, which is that of the answer."""
    return moment.strftime("%Y-%m-%d %H:%M")
