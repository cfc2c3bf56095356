"""`watch`: every change of status, as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import Annotated

import typer
from msgspec import Struct

from microsip_manager.cli.errors import NoServer
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.screen import SIGN, complain, local_time, print_json
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.phone import PhoneStatus


class Change(Struct, frozen=True):
    """A client that is in another status than before; `was` is null for one not seen before."""

    hostname: str
    extension: str
    was: PhoneStatus | None
    status: PhoneStatus
    at: Moment


def changes(before: Sequence[ClientState], after: Sequence[ClientState]) -> list[Change]:
    """What differs between two lists of all clients, in the order of its happening."""
    known = {client.hostname: client.status for client in before}
    found = [
        Change(client.hostname, client.extension, known.get(client.hostname), client.status, client.status_since)
        for client in after
        if known.get(client.hostname) is not client.status
    ]
    return sorted(found, key=lambda change: change.at)


def watched(fleet: FleetClient, wait: Callable[[], bool], lost: Callable[[NoServer], None]) -> Iterator[Change]:
    """Every change until `wait` says true. The first look tells of everybody; silent servers are told of once."""
    tag, silent = "", False
    before: list[ClientState] = []
    while True:
        try:
            tag, now = fleet.clients_if_changed(tag)
            silent = False
        except NoServer as error:
            if not silent:
                lost(error)
            # Another server, or this one after a restart, has other tags and may have another list.
            tag, now, silent = "", None, True
        if now is not None:
            yield from changes(before, now)
            before = now
        if wait():
            return


def change_line(change: Change) -> str:
    was = f"{change.was.value} -> " if change.was else ""
    who = one_line(change.hostname) + (f" ({one_line(change.extension)})" if change.extension else "")
    return f"{local_time(change.at)} {SIGN[change.status]} {who}: {was}{change.status.value}"


def add_to(app: typer.Typer) -> None:
    @app.command()
    def watch(
        context: typer.Context,
        interval: Annotated[
            float, typer.Option(min=0.1, max=3600, metavar="SECONDS", help="Seconds between two looks.")
        ] = 2.0,
        json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
    ) -> None:
        """Show every change of status as it comes, until Ctrl-C."""
        session = session_of(context)
        stop = Event()
        try:
            for change in watched(session.fleet, lambda: stop.wait(interval), complain):
                if json:
                    print_json(change, indent=None)
                else:
                    print(change_line(change), flush=True)
        except KeyboardInterrupt:
            return
