"""How an agent comes in: by a join token, or because an administrator says yes."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import EventBus
from microsip_manager.server.errors import JoinTokenRefused, TooManyWaiting, UnknownAgent
from microsip_manager.server.identity.agent_store import AgentStore, KeptAgent, Newcomer, Waiting, credentials_of
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.digests import digest
from microsip_manager.wire.enrolment import Agent, Asked, AskState, AskToJoin, Enrol, Enrolled, PendingAgent
from microsip_manager.wire.events import AgentChange, AgentChanged
from microsip_manager.wire.join_token import BadJoinToken, read_join_token

log = logging.getLogger(__name__)

MOST_WAITING, MOST_OF_ADDRESS = 1000, 20
"""Agents on the list of those that wait: in all, and from one address."""

WAITING_TIME = timedelta(hours=24)

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is easily taken for another one."""


class Enrolment:
    """All raise `NotReady`. `own_servers` tells the addresses that agents should use, if the administrator said so."""

    def __init__(
        self,
        store: AgentStore,
        credentials: Credentials,
        clock: Clock,
        own_servers: Callable[[], Sequence[str]],
        bus: EventBus,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._clock = clock
        self._own_servers = own_servers
        self._bus = bus

    async def enrol(self, wish: Enrol, address: str) -> Enrolled:
        """Let an agent in by its join token; raises `JoinTokenRefused`."""
        try:
            token = read_join_token(wish.join_token)
        except BadJoinToken:
            raise JoinTokenRefused from None
        newcomer = Newcomer(digest(wish.key), wish.hostname, wish.session_user, address)
        kept = await in_thread(self._store.enrol, newcomer, digest(token.key), self._clock.now())
        if kept is None:
            log.warning("%s: a join token that is not good was shown for %s", address, wish.hostname)
            raise JoinTokenRefused
        enrolled = self._let_in(kept)
        self._bus.publish(AgentChanged(AgentChange.ENROLLED, agent=kept.about))
        return enrolled

    async def ask(self, wish: AskToJoin, address: str) -> Asked:
        """What has become of an agent that asks to be let in; raises `TooManyWaiting`."""
        if not self._credentials.required:
            return Asked(AskState.OPEN)
        key, now = digest(wish.key), self._clock.now()
        known = await in_thread(self._store.known, key)
        if isinstance(known, KeptAgent):
            return Asked(AskState.ENROLLED, enrolled=self._let_in(known))
        if known is not None and known.about.expires_at > now:
            return Asked(AskState.REFUSED) if known.refused else Asked(AskState.WAITING, known.about.code)
        about = PendingAgent(
            uuid.uuid4().hex, _new_code(), wish.hostname, wish.session_user, address, now, now + WAITING_TIME
        )
        if not await in_thread(self._store.ask, Waiting(about, key), now, MOST_WAITING, MOST_OF_ADDRESS):
            raise TooManyWaiting("Too many agents wait for an administrator already; try again later.")
        log.info("%s asks to be let in from %s, code %s", wish.hostname, address, about.code)
        self._bus.publish(AgentChanged(AgentChange.ASKED, waiting=about))
        return Asked(AskState.WAITING, about.code)

    async def pending(self) -> list[PendingAgent]:
        """Those that wait for an answer, the oldest first."""
        return await in_thread(self._store.pending, self._clock.now())

    async def approve(self, id: str) -> Agent:
        """Let in one that waits; raises `UnknownAgent`. It learns of it when it asks the next time."""
        kept = await in_thread(self._store.approve, id, CALLER.get().issuer, self._clock.now())
        if kept is None:
            raise UnknownAgent(id)
        self._let_in(kept)
        self._bus.publish(AgentChanged(AgentChange.ENROLLED, agent=kept.about))
        return kept.about

    async def refuse(self, id: str) -> PendingAgent:
        """Refuse one that waits; raises `UnknownAgent`."""
        refused = await in_thread(self._store.refuse, id, self._clock.now() + WAITING_TIME)
        if refused is None:
            raise UnknownAgent(id)
        log.info("%s from %s: refused by %s", refused.hostname, refused.address, CALLER.get().issuer)
        self._bus.publish(AgentChanged(AgentChange.REFUSED, waiting=refused))
        return refused

    def _let_in(self, kept: KeptAgent) -> Enrolled:
        about = kept.about
        for key, credential in credentials_of(kept).items():
            self._credentials.put(key, credential)
        log.info("%s: enrolled as %s from %s by %s", about.hostname, about.name, about.address, about.enrolled_by)
        return Enrolled(about.id, about.name, list(self._own_servers()))


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(6))
