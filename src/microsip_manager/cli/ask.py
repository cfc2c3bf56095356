"""`message` and `setting`: speak to the user of a PC, and read the settings of its MicroSIP."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated

import typer
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from microsip_manager.cli.bulk import Result, for_each, whom, with_progress
from microsip_manager.cli.screen import cell, console, print_json, table
from microsip_manager.cli.session import ask_before, end, session_of
from microsip_manager.wire.messages import MessageAnswer
from microsip_manager.wire.phone_settings import IniSettings, SettingsAnswer, SettingValue


class Told(Struct, frozen=True):
    """What became of the message to one client, for tables and for `--json`."""

    hostname: str
    outcome: str
    detail: str
    id: str | None
    """To ask by for the button pressed; null when the message did not reach a server."""


class Severity(enum.Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def add_to(app: typer.Typer) -> None:
    @app.command()
    def message(
        context: typer.Context,
        text: Annotated[str, typer.Argument(metavar="TEXT", help="What the user shall read.")],
        host: Annotated[list[str] | None, typer.Argument(metavar="HOST", help="PCs, by hostname.")] = None,
        title: Annotated[str, typer.Option(metavar="TEXT", help="Title of the window.")] = "MicroSIP Manager",
        severity: Annotated[Severity, typer.Option(help="How it looks.")] = Severity.INFO,
        seconds: Annotated[
            int | None, typer.Option(min=1, metavar="NUMBER", help="Close it after so many seconds.")
        ] = None,
        button: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="A button; may be repeated.")] = None,
        everybody: Annotated[bool, typer.Option("--all", help="All that are not offline. Asks before.")] = False,
        group: Annotated[str | None, typer.Option(metavar="NAME", help="The members of this group.")] = None,
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
            rows = [Told(one.hostname, one.outcome, one.detail, one.id) for one in many.results]
        else:
            hostnames, left_out = whom(host or [], everybody, fleet.clients)
            if everybody and hostnames:
                ask_before(f"Show the message on {len(hostnames)} PCs?", yes)
            results = for_each(hostnames, lambda hostname: fleet.display_message(hostname, body))
            rows = sorted(
                (_told(result) for result in with_progress(console(), "message", len(hostnames), results)),
                key=lambda one: one.hostname,
            )
        if json:
            print_json(rows)
        else:
            console().print(
                table(
                    ("Hostname", "Outcome", "Detail"),
                    ((one.hostname, one.outcome, cell(one.detail, limit=500)) for one in rows),
                )
            )
            if left_out:
                print(f"{len(left_out)} offline, left out")
        end(all(one.outcome in ("shown", "queued") for one in rows))

    @app.command()
    def setting(
        context: typer.Context,
        host: Annotated[str, typer.Argument(metavar="HOST", help="The PC, by hostname.")],
        name: Annotated[
            list[str] | None, typer.Argument(metavar="NAME", help="Settings by name; none: the whole section.")
        ] = None,
        section: Annotated[str, typer.Option(metavar="NAME", help="Section of MicroSIP.ini.")] = "Settings",
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show settings of the MicroSIP on a PC."""
        answer = session_of(context).fleet.get_setting(host, section, name or [])
        if json:
            print_json(answer)
        else:
            _show_settings(console(), answer)


def _show_settings(screen: Console, answer: SettingsAnswer) -> None:
    """The settings of the MicroSIP that was asked, then those of the others that run on the PC."""
    found: tuple[SettingsAnswer | IniSettings, ...] = (answer, *answer.others)
    for one in found:
        screen.print(cell(f"{one.ini} [{one.section}]", "bold", limit=1000))
        screen.print(settings_table(one.settings))
        if one.more:
            print(f"and {one.more} keys that are not known here")


def settings_table(settings: Mapping[str, SettingValue]) -> Table:
    return table(
        ("Setting", "Value", "Default", "Note"),
        (
            (
                name,
                cell(_value(one), limit=1040),
                one.default or "",
                cell(one.detail or one.meaning, limit=500),
            )
            for name, one in settings.items()
        ),
    )


def _value(one: SettingValue) -> str:
    if one.secret:
        return "(secret)"
    return (one.value or "") if one.present else "–"


def _told(result: Result[MessageAnswer]) -> Told:
    answer = result.answer
    if answer is None:
        return Told(result.hostname, "failed", result.error, None)
    return Told(answer.hostname, answer.outcome.value, answer.detail, answer.id)
