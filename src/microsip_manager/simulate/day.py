"""What happens at one PC in the course of its days. Pure: the same seed tells the same story."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

BEGIN = 10 * HOUR
"""When a simulation begins: everybody is at work."""

CALL_EVERY = 12 * MINUTE
"""Between two calls, on an average."""

AT_NIGHT = 0.05
"""The share of the PCs whose MicroSIP runs day and night."""

LEFT_ON = 0.4
"""The share of the PCs that are not shut down in the evening."""


class What(enum.Enum):
    BOOT = "the PC is switched on"
    SHUT_DOWN = "the PC is switched off in good order"
    OPEN = "MicroSIP is started"
    CLOSE = "MicroSIP is closed"
    CLICK = "the user clicks DND"
    CALL = "somebody calls, or is called"
    HANG_UP = "the call ends"
    CUT = "the network is gone without a word"
    MEND = "the network is there again"


class Happening(NamedTuple):
    at: float
    """Seconds since the midnight before the first day."""
    what: What


def happenings(seed: int, number: int) -> Iterator[Happening]:
    """All that happens at this PC, in order, without end."""
    for day in count():
        # A text as the seed, for numbers that stand side by side would tell similar stories.
        chance = random.Random(f"{seed} {number} {day}")  # noqa: S311 - a story, no secret
        always = random.Random(f"{seed} {number}").random()  # noqa: S311 - likewise
        yield from _day(chance, day * DAY, night=always < AT_NIGHT, left_on=always < LEFT_ON)


def _day(chance: random.Random, midnight: float, *, night: bool, left_on: bool) -> list[Happening]:
    come = 0.0 if night else chance.gauss(9 * HOUR, 20 * MINUTE)
    go = DAY - 1 if night else chance.gauss(18 * HOUR, 30 * MINUTE)
    story = [Happening(come - 2 * MINUTE, What.BOOT), Happening(come, What.OPEN)]
    story += _calls(chance, come, go)
    story += _quiet_times(chance, come, go)
    if chance.random() < 0.3:
        story += _spell(chance, come, go, What.CUT, What.MEND, longest=10 * MINUTE)
    if chance.random() < 0.4:
        story += _spell(chance, come, go, What.CLOSE, What.OPEN, longest=MINUTE)
    if chance.random() < 0.1:
        story += _restart(chance, come, go)
    if not night:
        story.append(Happening(go, What.CLOSE))
        if not left_on:
            story.append(Happening(go + MINUTE, What.SHUT_DOWN))
    # What would go on past midnight ends with the day, for the next day's story knows nothing of it.
    within = ((min(max(0.0, at), DAY - 1), what) for at, what in story)
    return sorted((Happening(midnight + at, what) for at, what in within), key=lambda one: one.at)


def _calls(chance: random.Random, come: float, go: float) -> Iterator[Happening]:
    at = come + chance.expovariate(1 / CALL_EVERY)
    while at < go:
        yield Happening(at, What.CALL)
        at += 5 + chance.lognormvariate(4.5, 1)  # a minute and a half in the middle, seldom half an hour
        yield Happening(at, What.HANG_UP)
        at += chance.expovariate(1 / CALL_EVERY)


def _quiet_times(chance: random.Random, come: float, go: float) -> Iterator[Happening]:
    """DND at lunch, and in a meeting or two."""
    lunch = chance.gauss(13 * HOUR, 20 * MINUTE)
    times = [(lunch, lunch + chance.gauss(40 * MINUTE, 8 * MINUTE))] if chance.random() < 0.6 else []
    for _ in range(chance.randint(0, 2)):
        begin = chance.uniform(come, go)
        times.append((begin, begin + chance.uniform(10, 60) * MINUTE))
    for begin, end in times:
        yield Happening(begin, What.CLICK)
        yield Happening(end, What.CLICK)


def _spell(
    chance: random.Random, come: float, go: float, begins: What, ends: What, longest: float
) -> Iterator[Happening]:
    at = chance.uniform(come, go)
    yield Happening(at, begins)
    yield Happening(at + chance.uniform(10, longest), ends)


def _restart(chance: random.Random, come: float, go: float) -> Iterator[Happening]:
    at = chance.uniform(come, go)
    yield Happening(at, What.CLOSE)
    yield Happening(at + 2, What.SHUT_DOWN)
    yield Happening(at + 2 * MINUTE, What.BOOT)
    yield Happening(at + 3 * MINUTE, What.OPEN)
