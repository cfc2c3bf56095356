"""For whom an agent speaks."""

from __future__ import annotations

from microsip_manager.server.errors import NotYourClient
from microsip_manager.server.identity.caller import Caller


def check_own_client(caller: Caller, hostname: str) -> None:
    """Raises `NotYourClient` when heartbeats, calls and results of this client are not the caller's to send."""
    # As a rule it is spelled as the server has given it.
    if caller.name != hostname and not caller.speaks_for(hostname):
        raise NotYourClient(caller.name, hostname)
