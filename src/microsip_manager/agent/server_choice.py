"""Which server an agent turns to. Pure: what happened goes in, the next choice comes out; time and chance are given.

The servers stand in order of preference. A server that fails is left alone for a while, longer each time (back-off).
When the current one fails, all others are asked once, back-off or not. A better one than the current is probed, and
the agent returns to it after it was healthy for some time. Each wait is drawn by chance within limits, so that the
agents of a building, which lose a server together, do not come back together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STALE = 3.0
"""A server not probed for this many probe intervals, as over a night asleep, has to prove itself anew."""

SPREAD = 0.5
"""Back-off is shortened, and the time before a return lengthened, by up to this share."""


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds."""

    first: float = 1.0
    """Back-off after the first failure; it doubles with each."""
    longest: float = 14.0
    """Back-off grows no further."""
    probe: float = 10.0
    """Between two probes of a server that is healthy."""
    return_after: float = 60.0
    """How long a better server must have been healthy, at least; at most half as much again."""


def pace_of(heartbeat_interval: float, return_after: float) -> Pace:
    """A back-off of two heartbeats at most: a server that comes back is asked less often than it is in quiet times."""
    return Pace(heartbeat_interval / 7, heartbeat_interval * 2, heartbeat_interval * 1.5, return_after)


@dataclass(frozen=True)
class Known:
    """What is known of one server."""

    failures: int = 0
    """One after the other, without a success between them."""
    not_before: float = float("-inf")
    """When it is to be asked or probed again."""
    healthy_since: float | None = None
    healthy_at: float = float("-inf")
    """The last good probe."""
    hold: float = 0.0
    """How long it must have been healthy before the agent returns to it."""


@dataclass(frozen=True)
class Choice:
    """The servers by their place in the list, and the one the agent is with."""

    servers: tuple[Known, ...]
    current: int = 0
    serving: bool = False
    """False when no server took the last message, or none was sent yet."""


def first_choice(count: int) -> Choice:
    return Choice((Known(),) * count)


def to_ask(choice: Choice, now: float, pace: Pace) -> list[int]:
    """Whom to give a message, in this order, until one takes it."""
    proven = [place for place in range(choice.current) if _is_proven(choice.servers[place], now, pace)]
    order = dict.fromkeys([*proven[:1], choice.current, *range(len(choice.servers))])
    if not choice.serving:
        return [place for place in order if choice.servers[place].not_before <= now]
    # The agent has just been served, so a failure now is news: nobody is spared, the doubtful ones come last.
    return sorted(order, key=lambda place: place != choice.current and choice.servers[place].failures > 0)


def has_better(choice: Choice, place: int, now: float, pace: Pace) -> bool:
    """Whether an agent that is served well by this server has reason to leave it."""
    return any(_is_proven(choice.servers[better], now, pace) for better in range(place))


def took(choice: Choice, place: int) -> Choice:
    """A server took a message: the agent is with it."""
    return replace(_with(choice, place, Known()), current=place, serving=True)


def failed(choice: Choice, place: int, now: float, pace: Pace, chance: float) -> Choice:
    """A server failed, or refused. `chance` is between 0 and 1."""
    failures = choice.servers[place].failures + 1
    pause = min(pace.longest, pace.first * 2.0 ** min(failures - 1, 30)) * (1 - SPREAD * chance)
    return _with(choice, place, Known(failures, not_before=now + pause))


def nobody_took(choice: Choice) -> Choice:
    return replace(choice, serving=False)


def again_at(choice: Choice) -> float:
    """When the first of the servers may be asked again."""
    return min(server.not_before for server in choice.servers)


def to_probe(choice: Choice, now: float) -> int | None:
    """The best of the better servers that is to be probed now."""
    due = (place for place in range(choice.current) if choice.servers[place].not_before <= now)
    return next(due, None) if choice.serving else None


def probed_well(choice: Choice, place: int, now: float, pace: Pace, chance: float) -> Choice:
    """A better server answered a probe. `chance` is between 0 and 1."""
    before = choice.servers[place]
    again = now + pace.probe * (1 - SPREAD * chance)
    if before.healthy_since is None or now - before.healthy_at > STALE * pace.probe:
        hold = pace.return_after * (1 + SPREAD * chance)
        return _with(choice, place, Known(0, again, healthy_since=now, healthy_at=now, hold=hold))
    return _with(choice, place, replace(before, not_before=again, healthy_at=now))


def _is_proven(server: Known, now: float, pace: Pace) -> bool:
    if server.healthy_since is None or now - server.healthy_at > STALE * pace.probe:
        return False
    return now - server.healthy_since >= server.hold


def _with(choice: Choice, place: int, server: Known) -> Choice:
    servers = (*choice.servers[:place], server, *choice.servers[place + 1 :])
    return replace(choice, servers=servers)
