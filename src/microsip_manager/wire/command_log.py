"""What was asked of the clients, by whom, and what became of it."""

from __future__ import annotations

from msgspec import Struct

from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Hostname

PENDING = "pending"
"""The outcome of a command whose answer is still waited for."""

INTERRUPTED = "interrupted"
"""The outcome of a command whose server ended before the answer."""


class CommandRecord(Struct, frozen=True):
    """One command to one client."""

    id: str
    hostname: Hostname
    command: str
    """Such as `set_dnd on`, without secrets."""
    issuer: str
    """Who gave it: an address, until there are accounts, or a part of the server itself."""
    way: str
    """`link`, `http`, or empty when the client was not reached at all."""
    asked_at: Moment
    deadline: Moment
    outcome: str = PENDING
    """The outcome or the problem code of the answer, or `ok`."""
    ended_at: Moment | None = None
    late: str = ""
    """The outcome of an answer that came after the deadline."""
