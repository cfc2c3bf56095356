"""Holds back whoever asks too often, before that costs the others anything."""

from __future__ import annotations

import logging
import math
from typing import NoReturn

from starlette.types import Scope

from microsip_manager.clock import Clock
from microsip_manager.server.errors import TooManyRequests
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.rate import Rates
from microsip_manager.server.seldom import Seldom

log = logging.getLogger(__name__)

AGENT_BURST, AGENT_PER_SECOND = 60.0, 5.0
"""An agent sends a heartbeat every seven seconds; its calls after a week without a server come in batches."""

PERSON_BURST, PERSON_PER_SECOND = 1000.0, 100.0
"""A script that goes through a thousand PCs one by one is not slowed down."""

STRANGER_BURST, STRANGER_PER_SECOND = 60.0, 2.0
"""Requests from one address that nobody answers for: without credentials, or with wrong ones."""

VISITOR_BURST, VISITOR_PER_SECOND = 200.0, 50.0
"""Requests from one address that anybody may make: a sign-in page with its files, the health, an enrolment."""

# For the heartbeats: Python 3.11 takes 0.1 µs to reach a member through its enum.
_AGENT, _PEOPLE = CallerKind.AGENT, (CallerKind.USER, CallerKind.TOKEN)


class Limits:
    """For the thread of the event loop. Raises `TooManyRequests`, which says when to come again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._agents = Rates(AGENT_BURST, AGENT_PER_SECOND)
        self._people = Rates(PERSON_BURST, PERSON_PER_SECOND)
        self._strangers = Rates(STRANGER_BURST, STRANGER_PER_SECOND)
        self._visitors = Rates(VISITOR_BURST, VISITOR_PER_SECOND)
        self._lines = Seldom()

    def check(self, caller: Caller) -> None:
        """Count a request of somebody who is known; on a server without accounts nobody is counted."""
        kind = caller.kind
        rates = self._agents if kind is _AGENT else self._people if kind in _PEOPLE else None
        if rates is not None and (wait := rates.wait(caller.id, self._clock.monotonic())):
            self._hold_back(caller.issuer, wait)

    def check_stranger(self, scope: Scope) -> None:
        """Count a request that was refused, or shows no credentials, by where it comes from."""
        self._count_address(self._strangers, scope)

    def check_visitor(self, scope: Scope) -> None:
        """Count a request that anybody may make, by where it comes from."""
        self._count_address(self._visitors, scope)

    def _count_address(self, rates: Rates, scope: Scope) -> None:
        address = scope["client"][0] if scope["client"] else ""
        if wait := rates.wait(address, self._clock.monotonic()):
            self._hold_back(f"address {address}", wait)

    def _hold_back(self, who: str, wait: float) -> NoReturn:
        if self._lines.may_tell(who, self._clock.monotonic()):
            log.warning("%s asks too often and is held back", who)
        raise TooManyRequests(math.ceil(wait))
