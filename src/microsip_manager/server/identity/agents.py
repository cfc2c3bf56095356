"""The agents that are in: listed, given new keys, put out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import EventBus
from microsip_manager.server.errors import ManagerError, NotAllowed, UnknownAgent
from microsip_manager.server.identity.agent_store import AgentStore, KeptAgent, credentials_of
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.credentials import LOOK_EVERY, Credential, Credentials
from microsip_manager.server.identity.digests import digest
from microsip_manager.server.watchdog import Wait
from microsip_manager.wire.enrolment import Agent
from microsip_manager.wire.events import AgentChange, AgentChanged

log = logging.getLogger(__name__)


class Links(Protocol):
    """The links of agents to this server."""

    def close_unless(self, good: frozenset[str], *, without_key: bool) -> int:
        """Close those of other agents than these, and unless `without_key` those of agents that showed no key."""
        ...


class AgentKeys:
    """The source of `Credentials` for agents; remembers which keys are new and unused."""

    def __init__(self, store: AgentStore) -> None:
        self._store = store
        self.unused: frozenset[bytes] = frozenset()

    def __call__(self) -> Mapping[bytes, Credential]:
        kept = self._store.agents()
        self.unused = frozenset(one.next_digest for one in kept if one.next_digest is not None)
        return {key: credential for one in kept for key, credential in credentials_of(one).items()}


class Agents:
    """All raise `NotReady`."""

    def __init__(
        self,
        store: AgentStore,
        keys: AgentKeys,
        credentials: Credentials,
        links: Links,
        clock: Clock,
        bus: EventBus,
    ) -> None:
        self._store = store
        self._keys = keys
        self._credentials = credentials
        self._links = links
        self._clock = clock
        self._bus = bus

    async def all(self) -> list[Agent]:
        return [self._with_last_use(kept) for kept in await in_thread(self._store.agents)]

    async def revoke(self, id: str) -> Agent:
        """Put an agent out: its key is good for nothing and its link is closed. Raises `UnknownAgent`."""
        kept = await in_thread(self._store.remove, id)
        if kept is None:
            raise UnknownAgent(id)
        for key in credentials_of(kept):
            self._credentials.drop(key)
        self._close_links()
        log.info("%s: its key is revoked", kept.about.name)
        self._bus.publish(AgentChanged(AgentChange.REVOKED, agent=kept.about))
        return kept.about

    async def take_new_key(self, caller: Caller, key: str) -> Agent:
        """Let an agent use another key from now on; raises `NotAllowed` and `UnknownAgent`.

        The old one is good until the new one was used: whatever breaks in between, the agent has one that is good.
        """
        if caller.kind is not CallerKind.AGENT:
            raise NotAllowed("Only an agent that shows its key can change it.")
        kept = await in_thread(self._store.offer_key, caller.id, digest(key))
        if kept is None:
            raise UnknownAgent(caller.id)
        for one, credential in credentials_of(kept).items():
            self._credentials.put(one, credential)
        log.info("%s: has a new key", caller.name)
        return kept.about

    async def keep(self, wait: Wait) -> None:
        """Let old keys go once the new ones were used, and links once their agents are revoked, until `wait` says stop.

        Another server on the same database may have revoked them.
        """
        while not await wait(LOOK_EVERY):
            try:
                await self.tidy()
            except ManagerError as error:
                log.error("the keys of agents cannot be tidied at present: %s", error)

    async def tidy(self) -> None:
        """One round of `keep`."""
        self._close_links()
        for key in self._keys.unused & self._credentials.used.keys():
            await in_thread(self._store.settle_key, key, self._clock.now())

    def _close_links(self) -> None:
        good = self._credentials.ids(CallerKind.AGENT)
        if self._links.close_unless(good, without_key=not self._credentials.required):
            log.info("links were closed whose agents may not speak here any more")

    def _with_last_use(self, kept: KeptAgent) -> Agent:
        used = [self._credentials.used[key] for key in credentials_of(kept) if key in self._credentials.used]
        return structs.replace(kept.about, last_used_at=max(used, default=None))
