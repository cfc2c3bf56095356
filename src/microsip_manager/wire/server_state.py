"""What a server tells an administrator of itself."""

from __future__ import annotations

from msgspec import Struct

from microsip_manager.wire.join_token import Servers
from microsip_manager.wire.moment import Moment


class ServerState(Struct, frozen=True):
    """`GET /api/server`."""

    version: str
    started_at: Moment
    now: Moment
    """By the server's clock, which stamps all that is kept."""
    clients: int
    """Of which it has heard, ever."""
    links: int
    """Agents that are connected over a link at this moment."""
    readers: int
    """Streams of events that are open: panels, wallboards, programs."""
    servers: Servers
    """What a join token tells agents where nothing else is asked for."""
    trouble: str | None = None
    """Why the database takes no changes; null when it does."""
