"""`user`: the people who may sign in."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from microsip_manager.cli.access import As, Json, access_of
from microsip_manager.cli.passwords import FromStdin, new_password
from microsip_manager.cli.screen import console, print_json, table
from microsip_manager.wire.identity import Role
from microsip_manager.wire.people import User

Name = Annotated[str, typer.Argument(help="The user.")]
GROUP_HELP = "A group in which an operator may act; may be repeated. None: all."


def add_to(app: typer.Typer) -> None:
    users = typer.Typer(help="The people who may sign in.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(users, name="user")

    @users.command("list")
    def list_(context: typer.Context, as_user: As = None, json: Json = False) -> None:
        """Show all users."""
        with access_of(context, as_user) as access:
            _tell(access.users(), json)

    @users.command()
    def add(
        context: typer.Context,
        name: Name,
        role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.VIEWER,
        group: Annotated[list[str] | None, typer.Option(metavar="NAME", help=GROUP_HELP)] = None,
        password_stdin: FromStdin = False,
        as_user: As = None,
        json: Json = False,
    ) -> None:
        """Make a user; asks for the password."""
        with access_of(context, as_user) as access:
            password = new_password(name, password_stdin)
            wish = {"name": name, "password": password, "role": role.value, "groups": group or []}
            _tell([access.make_user(wish)], json)

    @users.command()
    def change(
        context: typer.Context,
        name: Name,
        role: Annotated[Role | None, typer.Option(help="What the user may do from now on.")] = None,
        group: Annotated[list[str] | None, typer.Option(metavar="NAME", help=GROUP_HELP)] = None,
        all_groups: Annotated[bool, typer.Option("--all-groups", help="Let an operator act everywhere.")] = False,
        disabled: Annotated[
            bool | None, typer.Option("--disable/--enable", help="Keep the user out, or let the user in again.")
        ] = None,
        password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
        password_stdin: FromStdin = False,
        reset_second_factor: Annotated[
            bool, typer.Option("--reset-second-factor", help="For who has lost the authenticator.")
        ] = False,
        as_user: As = None,
        json: Json = False,
    ) -> None:
        """Change a user; what is not named stays."""
        changes: dict[str, Any] = {"role": role.value if role else None, "disabled": disabled}
        changes["groups"] = [] if all_groups else group or None
        changes = {field: value for field, value in changes.items() if value is not None}
        if reset_second_factor:
            changes["reset_second_factor"] = True
        if not (changes or password or password_stdin):
            raise typer.BadParameter("say what is to be different")
        with access_of(context, as_user) as access:
            if password or password_stdin:
                changes["password"] = new_password(name, password_stdin)
            _tell([access.change_user(name, changes)], json)

    @users.command()
    def remove(context: typer.Context, name: Name, as_user: As = None, json: Json = False) -> None:
        """Remove a user, whose sessions end at once."""
        with access_of(context, as_user) as access:
            _tell([access.remove_user(name)], json)


def _tell(users: list[User], json: bool) -> None:
    if json:
        print_json(users)
        return
    console().print(
        table(
            ("Name", "Role", "Groups", "Second factor", "Note"),
            (
                (
                    user.name,
                    user.role.value,
                    ", ".join(user.groups) or "all",
                    "yes" if user.second_factor else "no",
                    "disabled" if user.disabled else "",
                )
                for user in users
            ),
        )
    )
