"""What a client has been through, as far as it is written."""

from __future__ import annotations

from datetime import datetime

from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import Transitions
from microsip_manager.server.change_place import ChangePlace
from microsip_manager.server.fleet import Fleet
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.names import hostname_key


class StatusHistory:
    """Leaves the database to a thread."""

    def __init__(self, fleet: Fleet, store: Transitions) -> None:
        self._fleet = fleet
        self._store = store

    async def page(
        self, hostname: str, begin: datetime | None, end: datetime | None, after: ChangePlace | None, most: int
    ) -> list[StatusChange]:
        """The newest changes of one client, from behind that place on; raises `UnknownClient` and `NotReady`."""
        key = hostname_key(self._fleet.client(hostname).hostname)
        return await in_thread(self._store.page, key, begin, end, after, most)
