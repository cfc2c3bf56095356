"""`agent`: which agents are let in, and which ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import typer

from microsip_manager.cli.screen import cell, complain, console, local_time, print_json, table
from microsip_manager.cli.session import session_of
from microsip_manager.wire.enrolment import Agent, PendingAgent
from microsip_manager.wire.names import hostname_key

Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="As the log of the agent shows it; or its id.")]
One = TypeVar("One", Agent, PendingAgent)


def add_to(app: typer.Typer) -> None:
    agents = typer.Typer(help="Agents with a key, and those that ask.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(agents, name="agent")

    @agents.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """Show the agents that are let in."""
        fleet = session_of(context).fleet
        _tell_agents(fleet.agents(), json)
        for client in fleet.clients() if not json else ():
            if client.clone:
                complain(f"{client.hostname}: two PCs use the key of this agent; a copied disk, or a stolen key")

    @agents.command()
    def pending(context: typer.Context, json: Json = False) -> None:
        """Show the agents that ask to be let in."""
        _tell_pending(session_of(context).fleet.pending_agents(), json)

    @agents.command()
    def approve(context: typer.Context, code: Code, json: Json = False) -> None:
        """Let in an agent that asks."""
        fleet = session_of(context).fleet
        _tell_agents([fleet.approve_agent(_by_code(fleet.pending_agents(), code).id)], json)

    @agents.command()
    def refuse(context: typer.Context, code: Code, json: Json = False) -> None:
        """Refuse an agent that asks, for a day."""
        fleet = session_of(context).fleet
        _tell_pending([fleet.refuse_agent(_by_code(fleet.pending_agents(), code).id)], json)

    @agents.command()
    def revoke(
        context: typer.Context,
        name: Annotated[str, typer.Argument(metavar="HOST", help="The agent's client; or its id.")],
        json: Json = False,
    ) -> None:
        """Let an agent do nothing any more: its key is revoked and its link closed."""
        fleet = session_of(context).fleet
        wanted = hostname_key(name)
        meant = _only(
            fleet.agents(), lambda one: wanted in (one.id, hostname_key(one.name)), f"no agent is called {name!r}"
        )
        _tell_agents([fleet.revoke_agent(meant.id)], json)


def _by_code(waiting: list[PendingAgent], code: str) -> PendingAgent:
    wanted = code.strip()
    return _only(waiting, lambda one: wanted in (one.id, one.code.lower(), one.code), "no agent waits with this code")


def _only(found: Sequence[One], is_meant: Callable[[One], bool], nobody: str) -> One:
    for one in found:
        if is_meant(one):
            return one
    raise typer.BadParameter(nobody)


def _tell_agents(found: list[Agent], json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = (
        (
            cell(one.name),
            cell(one.hostname),
            cell(one.session_user),
            one.address,
            local_time(one.enrolled_at),
            cell(one.enrolled_by),
            local_time(one.last_used_at) if one.last_used_at is not None else "",
        )
        for one in found
    )
    heads = ("Client", "PC", "User", "Address", "Let in", "By", "Last heard")
    console().print(table(heads, rows, whole=("Let in", "Last heard")))


def _tell_pending(found: list[PendingAgent], json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = (
        (one.code, cell(one.hostname), cell(one.session_user), one.address, local_time(one.asked_at)) for one in found
    )
    console().print(table(("Code", "PC", "User", "Address", "Asked"), rows, whole=("Code", "Asked")))
