"""`directory-key`: a new key for the live phonebook."""

from __future__ import annotations

import secrets

import typer

from microsip_manager.cli.screen import print_text
from microsip_manager.cli.session import session_of
from microsip_manager.settings import DIRECTORY_KEY
from microsip_manager.wire.paths import directory

BYTES = 18
"""Of chance; 24 characters, so that the address stays far below the 255 that MicroSIP reads."""


def add_to(app: typer.Typer) -> None:
    @app.command("directory-key")
    def directory_key(context: typer.Context) -> None:
        """Make a key for the live phonebook of MicroSIP."""
        key = secrets.token_urlsafe(BYTES)
        server = session_of(context).settings.api_servers[0]
        line = f'{DIRECTORY_KEY.name} = "{key}"'
        print_text(f"In api_config.py of the server, which is then to be started anew:\n\n    {line}\n")
        print_text(f"In MicroSIP, as the address of its users directory:\n\n    {server}{directory(key)}")
