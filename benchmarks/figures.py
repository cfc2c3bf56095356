"""Figures of several rounds, the middle one with the spread, and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One quantity, measured once a round."""

    rounds: Sequence[float]

    @property
    def middle(self) -> float:
        return median(self.rounds)

    def show(self, decimals: int) -> str:
        """The median, and the lowest and highest round behind it."""
        low, high = min(self.rounds), max(self.rounds)
        return f"{self.middle:,.{decimals}f} ({low:,.{decimals}f}–{high:,.{decimals}f})"


@dataclass(frozen=True)
class Target:
    what: str
    measured: str
    wanted: str
    met: bool


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
