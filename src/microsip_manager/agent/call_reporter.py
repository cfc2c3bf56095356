"""Sends what waits in the spool, and lets go only of what a server has confirmed."""

from __future__ import annotations

import logging
import random
import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import structs

from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.agent.spool import Spool, Waiting
from microsip_manager.clock import Clock
from microsip_manager.wire.calls import Call

log = logging.getLogger(__name__)

BATCH = 100
"""Calls in one message: the longest hundred stay below the server's limit."""

LOOK_EVERY, LOOK_ASLEEP = 1.0, 4.0
"""Seconds between two looks at the lists of calls, while a MicroSIP runs and while none does."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries while no server takes the calls; they grow from one to the other."""


class Link(Protocol):
    def report(self, calls: Sequence[Call]) -> frozenset[str]:
        """The ids of the calls that a server has stored; raises `CallsNotTaken`."""
        ...


def system_jitter() -> float:
    return random.SystemRandom().uniform(0.5, 1.5)


class CallReporter:
    """Empties the spool, as long as a server takes what is in it."""

    def __init__(
        self, spool: Spool, link: Link, hostname: str, clock: Clock, jitter: Callable[[], float] = system_jitter
    ) -> None:
        self._spool = spool
        self._link = link
        self._hostname = hostname
        self._clock = clock
        self._jitter = jitter
        self._not_before = float("-inf")
        self._pause = FIRST_PAUSE
        self._trouble = ""

    def report(self) -> None:
        """Send all that waits, unless the last try failed a short while ago; raises `sqlite3.Error`."""
        while self._clock.monotonic() >= self._not_before and (batch := self._spool.waiting(BATCH)):
            try:
                taken = self._send(batch)
            except CallsNotTaken as error:
                self._try_later(str(error))
                return
            if not taken:
                self._try_later("a server does not take a call; it stays on this PC")
                return
            self._pause = FIRST_PAUSE
            self._trouble = ""
            log.info("%s: calls reported: %d", self._hostname, taken)

    def _send(self, batch: Sequence[Waiting]) -> int:
        """How many calls of the batch are stored now."""
        try:
            # They may be from a time at which this PC had another name.
            committed = self._link.report([structs.replace(each.call, hostname=self._hostname) for each in batch])
        except CallsNotTaken as error:
            if not error.unreadable:
                raise
            if len(batch) > 1:
                # One of them is at fault; alone, each of the others finds its way.
                return sum(self._send([each]) for each in batch)
            committed = frozenset()
        self._spool.forget([each for each in batch if each.call.id in committed])
        self._spool.put_off([each for each in batch if each.call.id not in committed])
        return sum(each.call.id in committed for each in batch)

    def _try_later(self, trouble: str) -> None:
        self._not_before = self._clock.monotonic() + self._pause * self._jitter()
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s: calls wait on this PC: %s", self._hostname, trouble)


class CallLoop:
    """Looks at the lists about once a second, less often while `look` says that no MicroSIP runs, and reports.

    `wait` pauses; it returns True when the loop shall end.
    """

    def __init__(
        self, look: Callable[[], bool], report: Callable[[], object], hostname: str, wait: Callable[[float], bool]
    ) -> None:
        self._look = look
        self._report = report
        self._hostname = hostname
        self._wait = wait
        self._trouble = ""

    def run(self) -> None:
        while True:
            running = True
            try:
                running = self._look()
                self._report()
                self._trouble = ""
            except sqlite3.Error as error:
                # A full disk, perhaps: MicroSIP's own list keeps the calls meanwhile.
                self._tell_once(str(error))
            except Exception:
                # One odd entry must not end the reporting of all others for as long as the agent runs.
                log.exception("%s: the reporting of calls goes on after an error", self._hostname)
            if self._wait(LOOK_EVERY if running else LOOK_ASLEEP):
                return

    def _tell_once(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s: calls cannot be kept on this PC: %s", self._hostname, trouble)
