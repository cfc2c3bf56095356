"""`message` and `setting`: speak to the user of a PC, and read the settings of its MicroSIP."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import typer
from msgspec import to_builtins
from rich.table import Table

from microsip_manager.cli.bulk import Result, for_each, whom, with_progress
from microsip_manager.cli.screen import cell, console, print_json, table
from microsip_manager.cli.session import ask_before, end, session_of
from microsip_manager.cli.stats import flat

SHOWN = ("shown", "queued")
"""Outcomes of a message that somebody will read."""


class Severity(enum.Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def add_to(app: typer.Typer) -> None:
    @app.command()
    def message(
        context: typer.Context,
        text: Annotated[str, typer.Argument(help="What the user shall read.")],
        host: Annotated[list[str] | None, typer.Argument(help="PCs, by hostname.")] = None,
        title: Annotated[str, typer.Option(help="Title of the window.")] = "MicroSIP Manager",
        severity: Annotated[Severity, typer.Option(help="How it looks.")] = Severity.INFO,
        seconds: Annotated[int | None, typer.Option(min=1, help="Close it after so many seconds.")] = None,
        button: Annotated[list[str] | None, typer.Option(help="A button; may be repeated.")] = None,
        everybody: Annotated[bool, typer.Option("--all", help="All that are not offline. Asks before.")] = False,
        group: Annotated[str | None, typer.Option(help="The members of this group.")] = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show a message on the desktop of PCs: `message TEXT HOST...`."""
        if [bool(host), everybody, group is not None].count(True) != 1:
            raise typer.BadParameter("name the PCs after the text, or say --group or --all")
        fleet = session_of(context).fleet
        wanted = {"title": title, "text": text, "severity": severity.value, "timeout": seconds, "buttons": button}
        body = {name: value for name, value in wanted.items() if value is not None}
        left_out: list[str] = []
        if group is not None:
            many = fleet.display_message_to_many({"message": body, "group": group})
            rows = [to_builtins(one) for one in many.results]
        else:
            hostnames, left_out = whom(host or [], everybody, fleet.clients)
            if everybody and hostnames:
                ask_before(f"Show the message on {len(hostnames)} PCs?", yes)
            results = for_each(hostnames, lambda hostname: fleet.display_message(hostname, body))
            rows = sorted(
                (_told(result) for result in with_progress(console(), "message", len(hostnames), results)),
                key=lambda one: str(one["hostname"]),
            )
        if json:
            print_json(rows)
        else:
            console().print(
                table(
                    ("Hostname", "Outcome", "Detail"),
                    ((one["hostname"], one["outcome"], cell(one.get("detail", ""), limit=500)) for one in rows),
                )
            )
            if left_out:
                print(f"{len(left_out)} offline, left out")
        end(all(one["outcome"] in SHOWN for one in rows))

    @app.command()
    def setting(
        context: typer.Context,
        host: Annotated[str, typer.Argument(help="The PC, by hostname.")],
        name: Annotated[list[str] | None, typer.Argument(help="Settings by name; none: the whole section.")] = None,
        section: Annotated[str, typer.Option(help="Section of MicroSIP.ini.")] = "Settings",
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show settings of the MicroSIP on a PC."""
        answer = session_of(context).fleet.get_setting(host, section, name or [])
        if json:
            print_json(answer)
        else:
            console().print(settings_table(answer))


def settings_table(answer: dict[str, Any]) -> Table:
    """The settings in an answer with what is told of each; an answer of another form as names and values."""
    settings = answer.get("settings")
    if not isinstance(settings, dict) or not all(isinstance(one, dict) for one in settings.values()):
        return table(("Setting", "Value"), ((key, cell(value, limit=1040)) for key, value in flat(answer).items()))
    return table(
        ("Setting", "Value", "Default", "Note"),
        (
            (
                name,
                cell(one.get("value") or ("(secret)" if one.get("secret") else "–"), limit=1040),
                one.get("default") or "",
                cell(one.get("detail") or one.get("meaning") or "", limit=500),
            )
            for name, one in settings.items()
        ),
    )


def _told(result: Result[dict[str, Any]]) -> dict[str, Any]:
    if result.answer is None:
        return {"hostname": result.hostname, "outcome": "failed", "detail": result.error}
    return {"hostname": result.hostname, "outcome": "unknown", **result.answer}
