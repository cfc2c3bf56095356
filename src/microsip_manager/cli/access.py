"""What `user` and `token` share: who asks, and options that mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer

from microsip_manager.cli.access_client import AccessClient
from microsip_manager.cli.errors import FleetError, Refused
from microsip_manager.cli.passwords import shown_code, shown_password
from microsip_manager.cli.plain_text import check_plaintext
from microsip_manager.cli.session import session_of
from microsip_manager.tls.trust import Trust
from microsip_manager.wire.problems import ProblemCode

As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Sign in as this user, in place of showing API_TOKEN."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


@contextmanager
def access_of(context: typer.Context, name: str | None) -> Iterator[AccessClient]:
    """The servers, asked with API_TOKEN, or as a user who signs in for this command and out after it."""
    session = session_of(context)
    settings = session.settings
    token = "" if name else settings.api_token
    if name or token:
        check_plaintext(settings, "a password" if name else "API_TOKEN")
    trust = Trust(settings.server_ca)
    client = AccessClient(settings.api_servers, settings.api_timeout, session.transport, token, trust)
    try:
        if name is None:
            yield client
            return
        _sign_in(client, name)
        try:
            yield client
        finally:
            # It may have ended by itself: whoever changes the own password ends all sessions.
            with suppress(FleetError):
                client.sign_out()
    finally:
        client.close()


def _sign_in(client: AccessClient, name: str) -> None:
    password = shown_password(name)
    try:
        client.sign_in(name, password)
    except Refused as refusal:
        if refusal.code != ProblemCode.SECOND_FACTOR.value:
            raise
        client.sign_in(name, password, shown_code(name))
