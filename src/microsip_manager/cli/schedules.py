"""`schedules`: Do Not Disturb for a group at certain hours of certain days."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from microsip_manager.cli.screen import cell, console, local_time, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.wire.schedules import Schedule, Weekday

DAYS = [day.value for day in Weekday]

Name = Annotated[str, typer.Argument(help="The schedule.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Count = Annotated[int, typer.Option(min=1, max=100, help="So many.")]


def add_to(app: typer.Typer) -> None:
    schedules = typer.Typer(
        help="Do Not Disturb for groups, by the calendar.", no_args_is_help=True, rich_markup_mode=None
    )
    app.add_typer(schedules, name="schedules")

    @schedules.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """Show all schedules."""
        _tell(session_of(context).fleet.schedules(), json)

    @schedules.command("set")
    def set_(
        context: typer.Context,
        name: Name,
        group: Annotated[str, typer.Option(help="Whose phones.")],
        days: Annotated[str, typer.Option(help="Such as mon-fri or mon,wed,sat-sun.")],
        start: Annotated[str, typer.Option(help="Such as 13:00.")],
        end: Annotated[str, typer.Option(help="Such as 14:00; before the start: on the next day.")],
        tz: Annotated[str, typer.Option(help="Time zone, such as Europe/Moscow.")],
        exception: Annotated[list[str] | None, typer.Option(help="A day without it, 2026-05-01; may repeat.")] = None,
        reason: Annotated[str, typer.Option(help="What it is for.")] = "",
        json: Json = False,
    ) -> None:
        """Make or change a schedule."""
        wish = {"group": group, "days": _days(days), "start": start, "end": end, "tz": tz}
        told = session_of(context).fleet.put_schedule(name, {**wish, "exceptions": exception or [], "reason": reason})
        _tell([told], json)

    @schedules.command()
    def delete(context: typer.Context, name: Name, json: Json = False) -> None:
        """Remove a schedule; a run that is on ends now."""
        _tell([session_of(context).fleet.remove_schedule(name)], json)

    @schedules.command()
    def preview(context: typer.Context, name: Name, count: Count = 5, json: Json = False) -> None:
        """Show the next runs, by the clocks of the schedule."""
        found = session_of(context).fleet.preview(name, count)
        if json:
            print_json(found)
        else:
            rows = ((_clock(run.starts_at), _clock(run.ends_at)) for run in found)
            console().print(table(("Starts", "Ends"), rows))

    @schedules.command()
    def runs(context: typer.Context, name: Name, count: Count = 20, json: Json = False) -> None:
        """Show what became of past runs, newest first."""
        found = session_of(context).fleet.runs(name, count)
        if json:
            print_json(found)
            return
        heads = ("Started", "Ended", "State", "Members", "Switched", "Off again", "Detail")
        rows = (
            (
                local_time(run.starts_at),
                local_time(run.ends_at),
                run.state.value,
                str(run.members),
                str(run.switched),
                str(run.returned),
                cell(run.detail, limit=500),
            )
            for run in found
        )
        console().print(table(heads, rows))


def _days(text: str) -> list[str]:
    """`mon-fri,sun` as single days; raises `BadParameter`."""
    found: list[str] = []
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise typer.BadParameter(f"expected days such as mon-fri or mon,wed, of {', '.join(DAYS)}")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % len(DAYS) + 1
        found += [DAYS[(start + step) % len(DAYS)] for step in range(length)]
    return list(dict.fromkeys(found))


def _clock(moment: datetime) -> str:
    return f"{moment:%a %Y-%m-%d %H:%M %z}"


def _tell(found: list[Schedule], json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = (
        (
            one.name,
            one.group,
            " ".join(day.value for day in one.days),
            f"{one.start}-{one.end} {one.tz}",
            str(len(one.exceptions)),
            cell(one.reason),
        )
        for one in found
    )
    console().print(table(("Schedule", "Group", "Days", "Time", "Exceptions", "Reason"), rows))
