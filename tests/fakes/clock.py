"""Time that moves by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    def __init__(self) -> None:
        self.start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self._passed = 0.0
        self._wall_shift = timedelta()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self._passed) + self._wall_shift

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def forward(self, seconds: float) -> None:
        self._passed += seconds

    def somebody_sets_the_wall_clock(self, by: timedelta) -> None:
        self._wall_shift += by
