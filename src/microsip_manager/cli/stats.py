"""`stats`: the figures of the server, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from microsip_manager.cli.screen import console, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line


def add_to(app: typer.Typer) -> None:
    @app.command()
    def stats(
        context: typer.Context,
        since: Annotated[str | None, typer.Option("--from", help="Not before, such as 2026-03-02T00:00:00Z.")] = None,
        until: Annotated[str | None, typer.Option("--to", help="Before.")] = None,
        tz: Annotated[str | None, typer.Option(help="Time zone of days and hours, such as Europe/Moscow.")] = None,
        host: Annotated[str | None, typer.Option("--host", help="Only of this PC.")] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show how many are in which status, calls and times."""
        wanted = {"from": since, "to": until, "tz": tz, "hostname": host}
        found = session_of(context).fleet.stats({name: value for name, value in wanted.items() if value})
        if json:
            print_json(found)
            return
        screen = console()
        for title, part in sorted(found.items(), key=lambda item: not _counts_by_status(item)):
            if isinstance(part, list) and part and all(isinstance(row, dict) for row in part):
                heads = list(dict.fromkeys(name for row in part for name in flat(row)))
                screen.print(f"\n{one_line(title)}", style="bold")
                screen.print(
                    table([one_line(head) for head in heads], ([_get(flat(row), h) for h in heads] for row in part))
                )
            elif isinstance(part, dict):
                screen.print(f"\n{one_line(title)}", style="bold")
                screen.print(table(("", ""), flat(part).items()))
            else:
                screen.print(f"{one_line(title)}: {one_line(part, 2000)}")


def flat(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested objects as one, with dotted names."""
    return dict(_flat(value, before))


def _flat(value: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if isinstance(part, dict):
            yield from _flat(part, f"{before}{name}.")
        elif isinstance(part, list) and any(isinstance(one, dict) for one in part):
            yield from _flat({str(number): one for number, one in enumerate(part, 1)}, f"{before}{name}.")
        else:
            yield f"{before}{name}", part


def _get(row: dict[str, Any], name: str) -> Any:
    value = row.get(name)
    return "" if value is None else value


def _counts_by_status(item: tuple[str, Any]) -> bool:
    """True for the part that says how many are in which status: people ask for that first."""
    return "status" in item[0] or (isinstance(item[1], dict) and {"online", "dnd"} <= item[1].keys())
