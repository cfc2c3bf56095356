"""Holds back whoever asks too often, before that costs the others anything."""

from __future__ import annotations

import logging
import math

from starlette.types import Scope

from microsip_manager.clock import Clock
from microsip_manager.server.errors import TooManyRequests
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.rate import Rates

log = logging.getLogger(__name__)

AGENT_BURST, AGENT_PER_SECOND = 60.0, 5.0
"""An agent sends a heartbeat every seven seconds; its calls after a week without a server come in batches."""

PERSON_BURST, PERSON_PER_SECOND = 1000.0, 100.0
"""A script that goes through a thousand PCs one by one is not slowed down."""

STRANGER_BURST, STRANGER_PER_SECOND = 60.0, 2.0
"""Requests from one address that nobody answers for: without credentials, or with wrong ones."""

VISITOR_BURST, VISITOR_PER_SECOND = 200.0, 50.0
"""Requests from one address that anybody may make: a sign-in page with its files, the health, an enrolment."""

LOG_EVERY = 60.0
"""Seconds between two lines about the same caller."""


class Limits:
    """For the thread of the event loop. Raises `TooManyRequests`, which says when to come again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._agents = Rates(AGENT_BURST, AGENT_PER_SECOND)
        self._people = Rates(PERSON_BURST, PERSON_PER_SECOND)
        self._strangers = Rates(STRANGER_BURST, STRANGER_PER_SECOND)
        self._visitors = Rates(VISITOR_BURST, VISITOR_PER_SECOND)
        self._lines = Rates(1, 1 / LOG_EVERY, most=1000)

    def check(self, caller: Caller) -> None:
        """Count a request of somebody who is known; on a server without accounts nobody is counted."""
        if caller.kind is CallerKind.AGENT:
            self._count(self._agents, caller.id, caller.issuer)
        elif caller.kind in (CallerKind.USER, CallerKind.TOKEN):
            self._count(self._people, caller.id, caller.issuer)

    def check_stranger(self, scope: Scope) -> None:
        """Count a request that was refused, or shows no credentials, by where it comes from."""
        self._count_address(self._strangers, scope)

    def check_visitor(self, scope: Scope) -> None:
        """Count a request that anybody may make, by where it comes from."""
        self._count_address(self._visitors, scope)

    def _count_address(self, rates: Rates, scope: Scope) -> None:
        address = scope["client"][0] if scope["client"] else ""
        self._count(rates, address, f"address {address}")

    def _count(self, rates: Rates, who: str, words: str) -> None:
        now = self._clock.monotonic()
        wait = rates.wait(who, now)
        if not wait:
            return
        if not self._lines.wait(words, now):
            log.warning("%s asks too often and is held back", words)
        raise TooManyRequests(math.ceil(wait))
