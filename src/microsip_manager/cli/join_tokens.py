"""`join-token`: the texts by which agents come in."""

from __future__ import annotations

from typing import Annotated

import typer

from microsip_manager.cli.screen import cell, complain, console, local_time, print_json, print_text, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line
from microsip_manager.wire.enrolment import MOST_HOURS, MOST_USES, JoinTokenState
from microsip_manager.wire.join_token import LONGEST

Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    tokens = typer.Typer(help="Tokens by which agents come in.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(tokens, name="join-token")

    @tokens.command()
    def create(
        context: typer.Context,
        name: Annotated[str, typer.Option(help="What it is for.")] = "PCs",
        uses: Annotated[int, typer.Option(min=1, max=MOST_USES, help="How many agents it lets in.")] = 1,
        hours: Annotated[int, typer.Option(min=1, max=MOST_HOURS, help="How long it is good.")] = 24,
        address: Annotated[
            list[str] | None, typer.Option(metavar="URL", help="A server, as agents reach it; may be repeated.")
        ] = None,
        json: Json = False,
    ) -> None:
        """Make a join token. It is shown this once, alone on the output: it is a secret until it is used up."""
        wish = {"name": name, "uses": uses, "hours": hours, "servers": address or []}
        made = session_of(context).fleet.make_join_token(wish)
        if json:
            print_json(made)
            return
        print_text(one_line(made.join_token, LONGEST))
        complain(
            f"It lets in {uses} until {local_time(made.about.expires_at)}. On the PC: "
            "python client/api_client_stable.py --join, or JOIN_TOKEN in its environment"
        )

    @tokens.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """Show the join tokens, without their secrets."""
        _tell(session_of(context).fleet.join_tokens(), json)

    @tokens.command()
    def revoke(
        context: typer.Context, id: Annotated[str, typer.Argument(help="Of the token.")], json: Json = False
    ) -> None:
        """Let nobody in by it any more; agents that are in stay."""
        _tell([session_of(context).fleet.revoke_join_token(id)], json)


def _tell(found: list[JoinTokenState], json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = (
        (one.id, cell(one.name), f"{one.used} of {one.uses}", local_time(one.expires_at), cell(one.created_by))
        for one in found
    )
    console().print(table(("Id", "Name", "Used", "Good until", "Made by"), rows, whole=("Id", "Good until")))
