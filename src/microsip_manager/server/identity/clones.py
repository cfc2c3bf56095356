"""Two machines with one key: a disk was copied, or somebody has stolen the key. Both are shown.

Each process of an agent has an `instance` of its own. One that is heard again after another one was heard with the same
key is a second machine; one that is never heard again was only restarted. A farewell counts for nothing: it may have
been overtaken by the first word of the process that follows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server.identity.agent_names import clone_name
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.wire.heartbeat import Heartbeat

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = 900.0
"""Seconds without a word of one of them, after which the other one is alone again."""


@dataclass
class Machines:
    """Who was heard with one key."""

    first: str
    """This one has the name."""
    second: str = ""
    first_heard: float = 0.0
    """On the monotonic clock; kept only while there is a second one."""
    second_heard: float = 0.0
    proven: bool = False
    """Whether both of them live."""

    def take(self, instance: str, now: float) -> None:
        """One of them was heard, or another one."""
        if instance not in (self.first, self.second):
            self._come(instance, now)
        elif instance == self.first:
            self.proven = True
        if instance == self.first:
            self.first_heard = now
        else:
            self.second_heard = now
        if abs(self.first_heard - self.second_heard) > FORGOTTEN_AFTER:
            self.first, self.second, self.proven = instance, "", False

    def _come(self, instance: str, now: float) -> None:
        if not self.second:
            self.second, self.first_heard = instance, now
        elif not self.proven:
            # Restarted once more.
            self.first, self.second, self.first_heard = self.second, instance, now
        elif self.first_heard < self.second_heard:
            # One of the two was restarted: most likely the one not heard for longer.
            self.first = instance
        else:
            self.second = instance


class Clones:
    """For the thread of the event loop. `show` is told a client's name and whether it is one of two."""

    def __init__(self, clock: Clock, show: Callable[[str, bool], None]) -> None:
        self._clock = clock
        self._show = show
        self._machines: dict[str, Machines] = {}

    def heard(self, caller: Caller, beat: Heartbeat) -> Heartbeat:
        """The heartbeat of an agent as it is to be taken: that of a second machine under a name of its own."""
        if not beat.instance or caller.kind is not CallerKind.AGENT:
            return beat
        machines = self._machines.get(caller.id)
        if machines is None:
            self._machines[caller.id] = Machines(beat.instance)
            return beat
        if machines.first == beat.instance and not machines.second:
            return beat
        before = machines.proven
        if beat.running or before:
            machines.take(beat.instance, self._clock.monotonic())
        if machines.proven is not before:
            self._tell(caller.name, machines.proven)
        if machines.proven and machines.second == beat.instance:
            return structs.replace(beat, hostname=clone_name(caller.name))
        return beat

    def _tell(self, name: str, proven: bool) -> None:
        if proven:
            log.warning("%s: two machines have its key; the second one is shown as %s", name, clone_name(name))
        else:
            log.info("%s: only one machine has its key again", name)
        for shown in (name, clone_name(name)):
            self._show(shown, proven)
