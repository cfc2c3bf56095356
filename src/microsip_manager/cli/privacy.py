"""`privacy`: everything that is kept about one extension or phone number, told or erased."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from microsip_manager.cli.screen import console, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.wire.privacy import PrivacyErasureReport

Extension = Annotated[str | None, typer.Option(metavar="NUMBER", help="An extension of the house, such as 485.")]
Number = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="The phone number of somebody else, however it is written.")
]


def add_to(app: typer.Typer) -> None:
    privacy = typer.Typer(
        help="What is kept about an extension or a number.", no_args_is_help=True, rich_markup_mode=None
    )
    app.add_typer(privacy, name="privacy")

    @privacy.command()
    def export(context: typer.Context, extension: Extension = None, number: Number = None) -> None:
        """Tell everything that is kept, as JSON."""
        print_json(session_of(context).fleet.privacy_export(_subject(extension, number)))

    @privacy.command()
    def erase(
        context: typer.Context,
        extension: Extension = None,
        number: Number = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be erased.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Erase what is kept, after showing what that is. It cannot be undone."""
        fleet, subject = session_of(context).fleet, _subject(extension, number)
        if not yes or dry_run:
            _show(fleet.privacy_erase(subject, dry_run=True), json)
        if dry_run:
            return
        if not yes:
            _ask()
        _show(fleet.privacy_erase(subject, dry_run=False), json)


def _subject(extension: str | None, number: str | None) -> dict[str, str]:
    named = {"extension": extension, "number": number}
    subject = {name: value for name, value in named.items() if value is not None}
    if len(subject) != 1:
        raise typer.BadParameter("expected --extension or --number, one of them")
    return subject


def _ask() -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter("erase asks before it acts, and there is no terminal to ask at; add --yes")
    typer.confirm("Erase this for good?", err=True, abort=True)


def _show(report: PrivacyErasureReport, json: bool) -> None:
    if json:
        print_json(report)
        return
    screen = console()
    verb = "Would be erased" if report.dry_run else "Erased"
    if report.spellings:
        screen.print(table(("Written as",), ((spelling,) for spelling in report.spellings)))
    screen.print(table((verb, "How", "Rows"), ((one.where, one.what, str(one.rows)) for one in report.erased)))
    screen.print(table(("Stays", "Why"), ((one.where, one.why) for one in report.stays)))
