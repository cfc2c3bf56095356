"""How long after a PC has told its news the board shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class News(NamedTuple):
    """That this client is in this state, at a moment of the system's clock."""

    key: str
    state: str
    at: float


def delays(told: Iterable[News], seen: Sequence[News]) -> list[float]:
    """Seconds from each news to its showing, in order of length; infinite for what never showed.

    What was skipped counts from the next time when the client is shown in that state.
    """
    return sorted(min((one.at - news.at for one in seen if _shows(one, news)), default=math.inf) for news in told)


def _shows(one: News, news: News) -> bool:
    return (one.key, one.state) == (news.key, news.state) and one.at >= news.at
