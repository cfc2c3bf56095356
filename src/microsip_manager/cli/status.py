"""`status`: who is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from microsip_manager.cli.bulk import Result, for_each
from microsip_manager.cli.phone_words import phone_words
from microsip_manager.cli.screen import NARROW, cell, complain, console, local_time, print_json, status_cell, table
from microsip_manager.cli.session import end, session_of
from microsip_manager.cli.wish_text import wish_text
from microsip_manager.wire.clients import ClientState, ClientStatus

CLONE = "Key used by two PCs"


def add_to(app: typer.Typer) -> None:
    @app.command()
    def status(
        context: typer.Context,
        host: Annotated[
            list[str] | None, typer.Argument(metavar="HOST", help="PCs to ask now; none: all, as last known.")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    ) -> None:
        """Show all clients as last known, or ask some of them now."""
        fleet = session_of(context).fleet
        if not host:
            clients = fleet.clients()
            if json:
                print_json(clients)
            else:
                screen = console()
                screen.print(clients_table(clients, screen.width))
                print(count_line(clients))
            return
        asked = in_order(host, list(for_each(list(dict.fromkeys(host)), fleet.status)))
        answered = [one.answer for one in asked if one.answer is not None]
        if json:
            print_json(answered)
        elif answered:
            console().print(_live_table(answered))
        for one in asked:
            if one.error:
                complain(f"{one.hostname}: {one.error}")
        end(len(answered) == len(asked))


def in_order(hostnames: Sequence[str], results: list[Result[ClientStatus]]) -> list[Result[ClientStatus]]:
    return sorted(results, key=lambda one: hostnames.index(one.hostname))


def clients_table(clients: Sequence[ClientState], width: int) -> Table:
    """What fits; wishes for DND only where there are any."""
    heads = ["Hostname", "Extension", "Status", "Phone", "Since", "Last seen"]
    heads += ["Address", "Agent"] if width >= NARROW else []
    heads += ["Wish for DND"] if any(client.desired for client in clients) else []
    heads += ["Another PC of this name"] if any(client.also_at for client in clients) else []
    heads += [CLONE] if any(client.clone for client in clients) else []
    return table(
        heads,
        ([_cell_of(client, head) for head in heads] for client in clients),
        whole=("Status", "Since", "Last seen"),
    )


def _cell_of(client: ClientState, head: str) -> str | Text:
    match head:
        case "Hostname":
            return client.hostname
        case "Extension":
            return client.extension
        case "Status":
            return status_cell(client.status)
        case "Phone":
            return phone_words(client.phone)
        case "Since":
            return local_time(client.status_since)
        case "Last seen":
            return local_time(client.last_seen)
        case "Address":
            return client.address
        case "Agent":
            return f"{client.agent_version}{' simulated' if client.simulated else ''}"
        case "Another PC of this name":
            return cell(client.also_at, "red")
        case head if head == CLONE:
            return cell("yes" if client.clone else "", "red")
        case _:
            return cell(wish_text(client.desired), limit=500)


def count_line(clients: Sequence[ClientState]) -> str:
    """How many there are of each, for the end of a list."""
    counts: dict[str, int] = {}
    for client in clients:
        counts[client.status.value] = counts.get(client.status.value, 0) + 1
    several = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    return f"{len(clients)} {'client' if len(clients) == 1 else 'clients'}: {several}" if clients else "no clients yet"


def _live_table(statuses: Sequence[ClientStatus]) -> Table:
    return table(
        ("Hostname", "Extension", "Status", "Phone", "Source", "Age", "Does not ring", "Detail"),
        (
            (
                one.hostname,
                one.extension,
                status_cell(one.status),
                phone_words(one.phone),
                one.source.value.replace("_", " "),
                f"{one.age:.0f} s",
                cell(one.no_ring_reason, limit=500),
                cell(one.detail, limit=500),
            )
            for one in statuses
        ),
        whole=("Status", "Source", "Age"),
        right=("Age",),
    )
