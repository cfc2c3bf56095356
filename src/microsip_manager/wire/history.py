"""What a client has been through."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.moment import Moment
from microsip_manager.wire.phone import PhoneStatus


class StatusChange(Struct, frozen=True):
    """One change of a client's status."""

    id: Annotated[int, Meta(description="Grows with each change that is written", examples=[1027])]
    before: PhoneStatus | None
    """None for a client seen for the first time."""
    after: PhoneStatus
    at: Moment
