"""How many commands ended how, and how long they took."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from microsip_manager.server.boundaries import EventBus
from microsip_manager.wire.command_log import INTERRUPTED
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.events import CommandEnded, Event
from microsip_manager.wire.messages import MessageOutcome
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.telephone import TelephoneOutcome

UPPER = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds up to which commands are counted together; there is one count more, for those that took longer."""

OTHER = "other"

_KINDS = (DndOutcome, MessageOutcome, TelephoneOutcome, ProblemCode)
KNOWN = frozenset(one.value for kind in _KINDS for one in kind) | {"ok", INTERRUPTED}
"""What an agent answers is a text, and one that was taken over may invent ever new ones."""


class CommandCounts:
    def __init__(self, bus: EventBus) -> None:
        self.by_outcome: Counter[str] = Counter()
        self.by_length = [0] * (len(UPPER) + 1)
        self.seconds = 0.0
        bus.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        # One that is late was counted at its deadline.
        if not isinstance(event, CommandEnded) or event.command.late or event.command.ended_at is None:
            return
        seconds = (event.command.ended_at - event.command.asked_at).total_seconds()
        outcome = event.command.outcome
        self.by_outcome[outcome if outcome in KNOWN else OTHER] += 1
        self.by_length[bisect_left(UPPER, seconds)] += 1
        self.seconds += seconds
