"""`groups`: groups of clients, and labels on them."""

from __future__ import annotations

from typing import Annotated

import typer

from microsip_manager.cli.screen import console, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.wire.groups import Group, Labels

Name = Annotated[str, typer.Argument(help="The group.")]
Hosts = Annotated[list[str], typer.Argument(help="PCs, by hostname.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    groups = typer.Typer(help="Groups of PCs, and labels on them.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(groups, name="groups")

    @groups.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """Show all groups."""
        found = session_of(context).fleet.groups()
        if json:
            print_json(found)
        else:
            console().print(table(("Group", "Members"), ((one.name, str(one.size)) for one in found)))

    @groups.command()
    def show(context: typer.Context, name: Name, json: Json = False) -> None:
        """Show who is in a group."""
        _tell(session_of(context).fleet.group(name), json)

    @groups.command("set")
    def set_(context: typer.Context, name: Name, host: Hosts, json: Json = False) -> None:
        """Make a group of these PCs; one that is there has these and no others then."""
        _tell(session_of(context).fleet.put_group(name, host), json)

    @groups.command()
    def add(context: typer.Context, name: Name, host: Hosts, json: Json = False) -> None:
        """Let PCs into a group."""
        _tell(session_of(context).fleet.change_group(name, add=host), json)

    @groups.command()
    def remove(context: typer.Context, name: Name, host: Hosts, json: Json = False) -> None:
        """Let PCs out of a group."""
        _tell(session_of(context).fleet.change_group(name, remove=host), json)

    @groups.command()
    def delete(context: typer.Context, name: Name, json: Json = False) -> None:
        """Remove a group; shows who was in it."""
        _tell(session_of(context).fleet.remove_group(name), json)

    @groups.command()
    def labels(
        context: typer.Context,
        host: Annotated[str, typer.Argument(help="The PC, by hostname.")],
        label: Annotated[list[str] | None, typer.Argument(help="Labels to set, such as floor=2.")] = None,
        remove: Annotated[list[str] | None, typer.Option(help="A label to take away; may be repeated.")] = None,
        json: Json = False,
    ) -> None:
        """Show the labels of a PC, set some or take some away."""
        fleet = session_of(context).fleet
        changes: dict[str, str | None] = dict.fromkeys(remove or ())
        changes.update(_label(text) for text in label or ())
        _tell(fleet.change_labels(host, changes) if changes else fleet.labels(host), json)


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"expected a label and its value, such as {name}=2")
    return name, value


def _tell(found: Group | Labels, json: bool) -> None:
    if json:
        print_json(found)
    elif isinstance(found, Group):
        console().print(table((found.name,), ((member,) for member in found.members)))
        print(f"{len(found.members)} members")
    else:
        console().print(table(("Label", "Value"), found.labels.items()))
