"""`token`: what programs show instead of signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from microsip_manager.cli.access import As, Json, access_of
from microsip_manager.cli.screen import complain, console, local_time, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line
from microsip_manager.cli.users import GROUP_HELP
from microsip_manager.wire.identity import Role, Token


def add_to(app: typer.Typer) -> None:
    tokens = typer.Typer(help="What programs show instead of signing in.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(tokens, name="token")

    @tokens.command("list")
    def list_(context: typer.Context, as_user: As = None, json: Json = False) -> None:
        """Show all tokens, without their secrets."""
        with access_of(context, as_user) as access:
            found = access.tokens()
        if json:
            print_json(found)
        else:
            _tell(found)

    @tokens.command()
    def create(
        context: typer.Context,
        name: Annotated[str, typer.Argument(help="What it is for.")],
        role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
        group: Annotated[list[str] | None, typer.Option(metavar="NAME", help=GROUP_HELP)] = None,
        days: Annotated[
            int | None, typer.Option(min=1, max=36500, metavar="NUMBER", help="For how long it is good.")
        ] = None,
        as_user: As = None,
        json: Json = False,
    ) -> None:
        """Make a token and print it, once: it is not kept and cannot be shown again."""
        until = session_of(context).clock.now() + timedelta(days=days) if days is not None else None
        wish = {"name": name, "role": role.value, "groups": group or [], "expires_at": until}
        with access_of(context, as_user) as access:
            made = access.make_token(wish)
        if json:
            print_json(made)
            return
        print(one_line(made.token))
        complain(f"This is shown once. Set it as API_TOKEN. To take it back: token revoke {made.about.id}")

    @tokens.command()
    def revoke(
        context: typer.Context,
        id: Annotated[str, typer.Argument(metavar="ID", help="The token, by its id.")],
        as_user: As = None,
        json: Json = False,
    ) -> None:
        """Take a token back, at once."""
        with access_of(context, as_user) as access:
            revoked = access.revoke_token(id)
        if json:
            print_json(revoked)
        else:
            _tell([revoked])


def _tell(tokens: list[Token]) -> None:
    console().print(
        table(
            ("Id", "Name", "Role", "Groups", "Made by", "Good until", "Last used"),
            (
                (
                    token.id,
                    token.name,
                    token.role.value,
                    ", ".join(token.groups) or "all",
                    token.created_by,
                    local_time(token.expires_at) if token.expires_at else "for ever",
                    local_time(token.last_used_at) if token.last_used_at else "never",
                )
                for token in tokens
            ),
            whole=("Id",),
        )
    )
