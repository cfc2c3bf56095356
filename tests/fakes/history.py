"""A `History` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.presence import Flip
from microsip_manager.server.statistics import CallCount, Change
from microsip_manager.wire.calls import Call
from microsip_manager.wire.names import hostname_key

Of = TypeVar("Of")


class MemoryHistory:
    def __init__(self, calls: Sequence[Call] = (), flips: Sequence[Flip] = ()) -> None:
        self.calls = list(calls)
        self.flips = list(flips)
        self.fails_with: str | None = None

    @contextmanager
    def reading(self) -> Iterator[MemoryHistory]:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
        yield self

    def has_calls_of(self, client_key: str) -> bool:
        return any(hostname_key(call.hostname) == client_key for call in self.calls)

    def calls_by_client(
        self, start: datetime, end: datetime, client_key: str | None
    ) -> Iterator[tuple[str, str, CallCount]]:
        names: dict[str, str] = {}
        chosen: list[tuple[str, Call]] = []
        for call in self._calls(start, end, client_key):
            key = hostname_key(call.hostname)
            names[key] = call.hostname
            chosen.append((key, call))
        for key, count in _counts(chosen):
            yield key, names[key], count

    def calls_by_hour(self, cuts: Sequence[datetime], client_key: str | None) -> Iterator[tuple[int, CallCount]]:
        return _counts(
            [
                (hour, call)
                for hour, (start, end) in enumerate(pairwise(cuts))
                for call in self._calls(start, end, client_key)
            ]
        )

    def last_changes_before(self, moment: datetime, client_key: str | None) -> dict[str, Change]:
        return {change.client_key: change for change in self._changes(client_key) if change.at < moment}

    def changes(self, start: datetime, end: datetime, client_key: str | None) -> Iterator[Change]:
        return (change for change in self._changes(client_key) if start <= change.at < end)

    def _calls(self, start: datetime, end: datetime, client_key: str | None) -> list[Call]:
        return [
            call
            for call in self.calls
            if start <= call.started_at < end and client_key in (None, hostname_key(call.hostname))
        ]

    def _changes(self, client_key: str | None) -> list[Change]:
        found = [Change(hostname_key(flip.hostname), flip.after, flip.at) for flip in self.flips]
        return sorted(
            (change for change in found if client_key in (None, change.client_key)),
            key=lambda change: (change.client_key, change.at),
        )


def _counts(calls: Sequence[tuple[Of, Call]]) -> Iterator[tuple[Of, CallCount]]:
    together: dict[tuple[Of, object], list[Call]] = defaultdict(list)
    for of, call in calls:
        together[of, call.direction].append(call)
    for (of, _), alike in together.items():
        talked = sum(call.duration > 0 for call in alike)
        yield of, CallCount(alike[0].direction, len(alike), talked, sum(call.duration for call in alike))
