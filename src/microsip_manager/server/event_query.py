"""Which events somebody wants to hear of. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.events import Event, EventKind, kind_of
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus


class Told(Struct):
    """One event in its place among all."""

    number: int
    event: Event
    frame: bytes | None = None
    """The event as the stream carries it, once somebody wanted it."""
    masked: bytes | None = None
    """Likewise, for those who may not see its phone number."""


@dataclass(frozen=True)
class EventQuery:
    """What is empty does not matter."""

    kinds: frozenset[EventKind] = frozenset()
    client_keys: frozenset[str] = frozenset()
    statuses: frozenset[PhoneStatus] = frozenset()
    agents: bool = False
    """Whether the reader may hear of agents that come in: that is for administrators."""

    def wants(self, told: Told) -> bool:
        """A status is matched by what concerns clients: by the status that one has now, and by that before."""
        kind = kind_of(told.event)
        return (
            (not self.kinds or kind in self.kinds)
            and (self.agents or kind is not EventKind.AGENT)
            and (not self.client_keys or hostname_key(told.event.hostname) in self.client_keys)
            and (not self.statuses or not told.event.statuses or not self.statuses.isdisjoint(told.event.statuses))
        )

    def shows(self, client: ClientState) -> bool:
        """Whether this client belongs into the snapshot."""
        return (
            (not self.kinds or EventKind.CLIENT in self.kinds)
            and (not self.client_keys or hostname_key(client.hostname) in self.client_keys)
            and (not self.statuses or client.status in self.statuses)
        )
