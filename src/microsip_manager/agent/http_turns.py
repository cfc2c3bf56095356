"""A command is carried out in its turn, and not when its time is over: nobody waits for it any more then.

The server says how long it will wait. That is counted here, from the moment on at which the request had been read, so
that no two clocks have to agree. A request that lay unread, for the PC was frozen, is known by its sender having left.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import request
from msgspec import structs

from microsip_manager.agent.environ_keys import READ_AT, SENDER_LEFT
from microsip_manager.agent.http_answers import Refused
from microsip_manager.wire.commands import COMMAND_SECONDS, DndOutcome
from microsip_manager.wire.problems import ProblemCode

log = logging.getLogger(__name__)


class TooLate(Refused):
    """Its time is over, and it was not carried out."""

    def __init__(self) -> None:
        super().__init__(ProblemCode.TIMEOUT, "Its turn came after its deadline, and it was not carried out.")
        self.problem = structs.replace(self.problem, outcome=DndOutcome.TIMEOUT.value)


class Turns:
    """For the requests of the agent's HTTP API, whichever way they came. Both verbs raise `TooLate` and `Refused`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()

    def check(self) -> None:
        """Refuse the request of this thread if its time is over."""
        self._left()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until the commands before this one are done, as long as there is time."""
        if not self._lock.acquire(timeout=min(self._left(), threading.TIMEOUT_MAX)):
            raise _too_late()
        try:
            self._left()
            yield
        finally:
            self._lock.release()

    def _left(self) -> float:
        now, seconds = self._monotonic(), _seconds()
        left = request.environ.get(READ_AT, now) + seconds - now
        # A server that says how long it waits leaves when it has waited that long: perhaps before this was read.
        if left <= 0 or (seconds < math.inf and request.environ.get(SENDER_LEFT, _unknown)()):
            raise _too_late()
        return float(left)


def _too_late() -> TooLate:
    log.warning("%s: its turn came after its deadline, and it is not carried out", request.path)
    return TooLate()


def _unknown() -> bool:
    return False


def _seconds() -> float:
    """How long the sender waits; for ever when it does not say."""
    text = request.headers.get(COMMAND_SECONDS)
    if text is None:
        return math.inf
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        raise Refused(ProblemCode.BAD_MESSAGE, f"Expected a number of seconds - at the header `{COMMAND_SECONDS}`")
    return seconds
