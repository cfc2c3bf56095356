"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Many short rounds rather than few long ones: a disturbance then spoils a round, not the median."""

    warm_up: float
    beat_rounds: int
    beat_seconds: float
    """How long one server gets heartbeats in one round."""
    list_rounds: int
    lists: int
    """How many lists one server is asked for in one round."""
    round_trip_rounds: int
    round_trips: int
    """How many commands to one PC follow each other in one round."""
    many_rounds: int
    many: int
    """How many PCs get a command at once."""
    clicks: int
    """How many changes a reader of events is told."""
    crowd: int
    """How many simulated PCs keep a link."""
    crowd_seconds: float
    """For how long what they cost is measured."""


FULL = Plan(
    warm_up=1.0,
    beat_rounds=15,
    beat_seconds=1.5,
    list_rounds=21,
    lists=30,
    round_trip_rounds=15,
    round_trips=300,
    many_rounds=15,
    many=1000,
    clicks=3000,
    crowd=9000,
    crowd_seconds=28.0,
)
QUICK = Plan(
    warm_up=0.2,
    beat_rounds=2,
    beat_seconds=0.4,
    list_rounds=2,
    lists=5,
    round_trip_rounds=2,
    round_trips=30,
    many_rounds=2,
    many=50,
    clicks=100,
    crowd=300,
    crowd_seconds=7.0,
)
