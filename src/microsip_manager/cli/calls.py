"""`calls`: who called whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.table import Table

from microsip_manager.cli.errors import CannotWrite
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.screen import NARROW, console, local_time, print_json, print_text, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import duration, one_line
from microsip_manager.wire.calls import Call, CallDirection

PAGE = 200
"""Calls asked for at once."""

USUAL = 50
"""Calls shown when nothing is said."""


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
        limit: Annotated[
            int | None, typer.Option(min=1, metavar="NUMBER", help=f"How many at most: {USUAL}, with --csv all.")
        ] = None,
        csv: Annotated[
            Path | None, typer.Option("--csv", metavar="FILE", help="Write them to a file, for spreadsheets.")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show calls, or keep them: `calls --csv calls.csv`."""
        if csv is not None and json:
            raise typer.BadParameter("either --csv or --json")
        wanted: dict[str, str | int | None] = {
            "hostname": host,
            "extension": extension,
            "number": number,
            "direction": direction.value if direction else None,
            "from": since,
            "to": until,
            "min_duration": min_duration,
        }
        filters = {name: value for name, value in wanted.items() if value is not None}
        fleet = session_of(context).fleet
        if csv is not None:
            _keep(fleet, filters | ({"limit": limit} if limit else {}), csv)
            return
        most = limit or USUAL
        found = list(islice(fleet.all_calls({**filters, "limit": min(most, PAGE)}), most))
        if json:
            print_json(found)
        else:
            screen = console()
            screen.print(_calls_table(found, screen.width))
            print(f"{len(found)} {'call' if len(found) == 1 else 'calls'}")


def _keep(fleet: FleetClient, filters: Mapping[str, str | int], file: Path) -> None:
    """Write them as they come. What is there by that name stays until all of the new file is."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as unfinished:
            fleet.calls_as_csv(filters, partial(_write, unfinished))
        part.replace(file)
    except OSError as error:
        raise CannotWrite(str(file), error) from None
    finally:
        part.unlink(missing_ok=True)
    print_text(f"{one_line(file, 2000)} written")


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise CannotWrite(file.name, error) from None


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
