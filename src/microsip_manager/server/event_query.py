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

    @property
    def wants_all(self) -> bool:
        return not (self.kinds or self.client_keys or self.statuses)

    def wants(self, told: Told) -> bool:
        """A status is matched by what concerns clients: by the status that one has now, and by that before."""
        return (
            (not self.kinds or kind_of(told.event) in self.kinds)
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
