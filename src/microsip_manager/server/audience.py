"""Whom a command to many is for, and who would be left. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from microsip_manager.wire.bulk import Audience
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus


@dataclass(frozen=True)
class Chosen:
    """Those a command is for: the ones that are there come first, then those last known as offline."""

    known: Sequence[ClientState]
    unheard_of: Sequence[str]


def choose(
    audience: Audience, clients: dict[str, ClientState], members: Sequence[str], labelled: Collection[str]
) -> Chosen:
    """Whom the audience means: `members` are those of its group, `labelled` the keys of those with its label."""
    if audience.hostnames is not None:
        base = {hostname_key(hostname): hostname for hostname in audience.hostnames}
    elif audience.group is not None:
        base = {hostname_key(member): member for member in members}
    else:
        base = {key: client.hostname for key, client in clients.items()}
    if audience.group is not None:
        within = {hostname_key(member) for member in members}
        base = {key: hostname for key, hostname in base.items() if key in within}
    if audience.label is not None:
        base = {key: hostname for key, hostname in base.items() if key in labelled}
    known = [clients[key] for key in base if key in clients]
    if audience.status is not None:
        # Nobody knows the status of a client that has not been heard of.
        return Chosen([client for client in known if client.status is audience.status], [])
    known.sort(key=lambda client: client.status is PhoneStatus.OFFLINE)
    return Chosen(known, [hostname for key, hostname in base.items() if key not in clients])


def would_stay(pool: Iterable[ClientState], leaving: Collection[str]) -> int:
    """How many of the pool are online and not among these keys."""
    return sum(client.status is PhoneStatus.ONLINE and hostname_key(client.hostname) not in leaving for client in pool)
