"""`simulate`: thousands of PCs that are not there, for a server to be tried with."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from microsip_manager.cli.session import end
from microsip_manager.settings import HEARTBEAT_INTERVAL, SERVER_CA
from microsip_manager.wire.join_token import read_join_token


def add_to(app: typer.Typer) -> None:
    @app.command()
    def simulate(
        clients: Annotated[int, typer.Option(min=1, max=20_000, help="How many PCs.")] = 1000,
        server: Annotated[str, typer.Option(help="A server on this machine.")] = "http://127.0.0.1:8083",
        link: Annotated[bool, typer.Option("--link/--plain", help="With a link, or plain heartbeats only.")] = True,
        speed: Annotated[float, typer.Option(min=0, help="Their day, times faster; 0: nothing happens.")] = 1.0,
        minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="After which it ends by itself.")] = 60.0,
        pattern: Annotated[str, typer.Option(help="Their names.")] = "SIM-{number}",
        join: Annotated[
            bool, typer.Option("--join", help="Let them come in by a join token, from JOIN_TOKEN or typed in.")
        ] = False,
        seed: Annotated[int, typer.Option(help="Another one tells another story.")] = 485,
    ) -> None:
        """Let simulated PCs come to work: calls, DND, drop-outs, restarts. For a server on this machine only."""
        # An administrator's other commands do without the agent that is in it.
        from microsip_manager.simulate.main import NotHere
        from microsip_manager.simulate.main import simulate as run
        from microsip_manager.simulate.plan import Plan

        try:
            plan = Plan(
                server.rstrip("/"),
                clients,
                HEARTBEAT_INTERVAL.read(os.environ.get(HEARTBEAT_INTERVAL.name, HEARTBEAT_INTERVAL.default)),
                link=link,
                speed=speed,
                seconds=minutes * 60,
                pattern=pattern,
                server_ca=SERVER_CA.read(os.environ.get(SERVER_CA.name, SERVER_CA.default)),
                seed=seed,
                join=join,
            )
            end(run(plan, join_token=_join_token() if join else ""))
        except (NotHere, ValueError) as error:
            raise typer.BadParameter(str(error)) from None


def _join_token() -> str:
    """Raises `BadJoinToken`."""
    text = os.environ.get("JOIN_TOKEN") or typer.prompt("Join token", hide_input=sys.stdin.isatty())
    read_join_token(text)
    return "".join(text.split())
