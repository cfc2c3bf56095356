"""`phone`: dial, answer, hang up and the like on one PC."""

from __future__ import annotations

from typing import Annotated

import typer

from microsip_manager.cli.screen import cell, console, print_json, table
from microsip_manager.cli.session import end, session_of
from microsip_manager.wire.telephone import NEEDS_DIGITS, NEEDS_NUMBER, TelephoneAction, TelephoneCommand


def add_to(app: typer.Typer) -> None:
    @app.command()
    def phone(
        context: typer.Context,
        action: Annotated[TelephoneAction, typer.Argument(help="What MicroSIP shall do.")],
        host: Annotated[str, typer.Argument(metavar="HOST", help="The PC, by hostname.")],
        number: Annotated[
            str | None, typer.Argument(metavar="NUMBER", help="For dial and transfer: whom. For dtmf: the tones.")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Use the telephone of a PC: `phone dial NIKITA 101`."""
        answer = session_of(context).fleet.telephone(host, _command(action, number))
        if json:
            print_json(answer)
        else:
            outcome = cell(answer.outcome.value, "green" if answer.outcome.is_success else "red")
            row = (answer.hostname, action.value, outcome, cell(answer.detail, limit=500))
            console().print(table(("Hostname", "Action", "Outcome", "Detail"), [row]))
        end(answer.outcome.is_success)


def _command(action: TelephoneAction, number: str | None) -> TelephoneCommand:
    """The command; one that cannot be is a mistake in the command line, and nothing is sent."""
    if number is not None and action not in NEEDS_NUMBER | NEEDS_DIGITS:
        raise typer.BadParameter(f"{action.value} takes no number")
    dials = action not in NEEDS_DIGITS
    try:
        return TelephoneCommand(action, number=number if dials else None, digits=None if dials else number)
    except ValueError as error:
        raise typer.BadParameter(str(error).partition(" - at ")[0]) from None
