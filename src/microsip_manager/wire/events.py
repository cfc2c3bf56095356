"""What a server tells those who listen: one message for each thing that happened."""

from __future__ import annotations

from msgspec import Struct

from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus


class ClientChanged(Struct, frozen=True, tag_field="event", tag="client"):
    """More than the time of the last heartbeat has changed; sent also for a client that is new."""

    client: ClientState
    before: PhoneStatus | None
    """Its status before; None for a client seen for the first time."""


Event = ClientChanged
