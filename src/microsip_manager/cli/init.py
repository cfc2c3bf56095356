"""`init`: the first set-up of the server on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from microsip_manager.cli.access import Json
from microsip_manager.cli.access_client import AccessClient
from microsip_manager.cli.passwords import FromStdin, new_password
from microsip_manager.cli.screen import print_json
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line
from microsip_manager.wire.join_token import LONGEST


def add_to(app: typer.Typer) -> None:
    @app.command()
    def init(
        context: typer.Context,
        name: Annotated[str, typer.Option(metavar="NAME", help="Of the first administrator.")] = "admin",
        password_stdin: FromStdin = False,
        json: Json = False,
    ) -> None:
        """Make the first administrator of the server that runs on this machine.

        From then on every request needs credentials. Prints what agents enrol with.
        """
        session = session_of(context)
        password = new_password(name, password_stdin)
        # This machine and no other of API_SERVERS: a password for a new server does not travel.
        server = f"http://127.0.0.1:{session.settings.server_port}"
        client = AccessClient([server], session.settings.api_timeout, session.transport)
        try:
            made = client.set_up(name, password)
        finally:
            client.close()
        if json:
            print_json(made)
            return
        print(f"{one_line(made.user.name)} is the first administrator. From now on every request needs credentials.")
        if made.join_token is not None:
            print(f"\nWhat agents enrol with; it is not shown again:\n  {one_line(made.join_token, LONGEST)}")
        print(
            f"\nFor this command line and your scripts, as API_TOKEN:\n"
            f"  microsip-manager token create mine --role admin --as {one_line(made.user.name)}"
        )
