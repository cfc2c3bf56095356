"""When a delivery that failed is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

PATIENCE = timedelta(hours=24)
"""After that a delivery is given up."""

FIRST, FACTOR, LONGEST = timedelta(seconds=5), 3, timedelta(hours=4)
"""The pauses: 5 s, 15 s, 45 s, … and at last 4 hours, which makes 13 or 14 attempts in a day."""

SPREAD = 0.2

LONGEST_REST = 60.0


def next_try(attempts: int, now: datetime, give_up_at: datetime, chance: float) -> datetime | None:
    """The moment of the next attempt after so many; None when it is over.

    `chance`, from 0 to 1, spreads those that failed together.
    """
    pause = min(FIRST * FACTOR ** min(attempts - 1, 20), LONGEST) * (1 + SPREAD * (chance - 0.5))
    return now + pause if now + pause < give_up_at else None


def rest_of(failures: int) -> float:
    """Seconds for which a receiver that failed so many times in a row is left alone altogether."""
    return min(2.0 ** min(failures, 10), LONGEST_REST)
