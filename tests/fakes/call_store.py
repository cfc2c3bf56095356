"""A `CallStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from microsip_manager.server.call_query import CallQuery, Place, place_of
from microsip_manager.server.errors import StoreFailed
from microsip_manager.wire.calls import Call
from microsip_manager.wire.names import hostname_key


class MemoryCallStore:
    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.fails_with: str | None = None
        self.most_asked = 0

    def take(self, calls: Sequence[Call], received_at: datetime) -> list[str]:
        self._check()
        for call in calls:
            before = self.calls.setdefault(call.id, call)
            if _of_one_client(before, call) and not _is_staler(call, before):
                self.calls[call.id] = msgspec.structs.replace(
                    call,
                    hostname=before.hostname,
                    extension=before.extension,
                    key=before.key,
                    started_at=before.started_at,
                )
        return list({call.id for call in calls if _of_one_client(self.calls[call.id], call)})

    def page(self, query: CallQuery, after: Place | None, most: int) -> list[Call]:
        self._check()
        self.most_asked = max(self.most_asked, most)
        found = sorted(self.calls.values(), key=lambda call: (call.started_at, call.id), reverse=True)
        behind = [call for call in found if after is None or _order(place_of(call)) < _order(after)]
        return [call for call in behind if _fits(call, query)][:most]

    def purge(self, before: datetime, most: int) -> int:
        self._check()
        old = sorted((call.started_at, call.id) for call in self.calls.values() if call.started_at < before)[:most]
        for _, id in old:
            del self.calls[id]
        return len(old)

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)


def _of_one_client(first: Call, second: Call) -> bool:
    return hostname_key(first.hostname) == hostname_key(second.hostname)


def _is_staler(call: Call, before: Call) -> bool:
    return before.ended and (not call.ended or bool(before.info and not call.info))


def _order(place: Place) -> tuple[datetime, str]:
    return place.started_at, place.id


def _fits(call: Call, query: CallQuery) -> bool:
    return (
        (query.hostname is None or hostname_key(query.hostname) == hostname_key(call.hostname))
        and query.extension in (None, call.extension)
        and query.number in (None, call.number)
        and query.direction in (None, call.direction)
        and (query.begin is None or call.started_at >= query.begin)
        and (query.end is None or call.started_at < query.end)
        and call.duration >= query.min_duration
    )
