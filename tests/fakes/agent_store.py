"""Join tokens, agents and those that wait, in memory."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from microsip_manager.server.identity.agent_names import names
from microsip_manager.server.identity.agent_store import KeptAgent, KeptJoinToken, Newcomer, Waiting
from microsip_manager.wire.enrolment import Agent, PendingAgent
from microsip_manager.wire.names import hostname_key


class MemoryJoinTokenStore:
    def __init__(self) -> None:
        self.kept: dict[str, KeptJoinToken] = {}

    def join_tokens(self) -> list[KeptJoinToken]:
        return sorted(self.kept.values(), key=lambda token: (token.about.created_at, token.about.id))

    def add(self, token: KeptJoinToken) -> None:
        self.kept[token.about.id] = token

    def remove(self, id: str) -> KeptJoinToken | None:
        return self.kept.pop(id, None)


class MemoryAgentStore:
    def __init__(self, join_tokens: MemoryJoinTokenStore) -> None:
        self._join_tokens = join_tokens
        self.kept: dict[str, KeptAgent] = {}
        self.waiting: dict[str, Waiting] = {}

    def agents(self) -> list[KeptAgent]:
        return sorted(self.kept.values(), key=lambda agent: hostname_key(agent.about.name))

    def known(self, digest: bytes) -> KeptAgent | Waiting | None:
        waiting = [one for one in self.waiting.values() if one.digest == digest]
        return self._by_key(digest) or (waiting[0] if waiting else None)

    def enrol(self, newcomer: Newcomer, join_digest: bytes, now: datetime) -> KeptAgent | None:
        known = self._by_key(newcomer.digest)
        if known is not None:
            return known
        for id, token in self._join_tokens.kept.items():
            about = token.about
            if token.digest == join_digest and about.used < about.uses and about.expires_at > now:
                self._join_tokens.kept[id] = replace(token, about=structs.replace(about, used=about.used + 1))
                self.waiting = {key: one for key, one in self.waiting.items() if one.digest != newcomer.digest}
                return self._add(newcomer, f"join token {about.name}", now)
        return None

    def remove(self, id: str) -> KeptAgent | None:
        return self.kept.pop(id, None)

    def offer_key(self, id: str, digest: bytes) -> KeptAgent | None:
        if id not in self.kept:
            return None
        self.kept[id] = replace(self.kept[id], next_digest=digest)
        return self.kept[id]

    def settle_key(self, digest: bytes, now: datetime) -> KeptAgent | None:
        for id, kept in self.kept.items():
            if kept.next_digest == digest:
                self.kept[id] = KeptAgent(structs.replace(kept.about, key_since=now), digest)
                return self.kept[id]
        return None

    def ask(self, waiting: Waiting, now: datetime, most: int, most_of_address: int) -> bool:
        self.waiting = {id: one for id, one in self.waiting.items() if one.about.expires_at > now}
        of_address = [one for one in self.waiting.values() if one.about.address == waiting.about.address]
        if len(self.waiting) >= most or len(of_address) >= most_of_address:
            return False
        if all(one.digest != waiting.digest for one in self.waiting.values()):
            self.waiting[waiting.about.id] = waiting
        return True

    def pending(self, now: datetime) -> list[PendingAgent]:
        found = [one.about for one in self.waiting.values() if not one.refused and one.about.expires_at > now]
        return sorted(found, key=lambda one: (one.asked_at, one.id))

    def approve(self, id: str, by: str, now: datetime) -> KeptAgent | None:
        waiting = self.waiting.get(id)
        if waiting is None or waiting.refused or waiting.about.expires_at <= now:
            return None
        del self.waiting[id]
        about = waiting.about
        newcomer = Newcomer(waiting.digest, about.hostname, about.session_user, about.address)
        return self._by_key(waiting.digest) or self._add(newcomer, by, now)

    def refuse(self, id: str, until: datetime) -> PendingAgent | None:
        waiting = self.waiting.get(id)
        if waiting is None or waiting.refused:
            return None
        about = structs.replace(waiting.about, expires_at=until)
        self.waiting[id] = Waiting(about, waiting.digest, refused=True)
        return about

    def _by_key(self, digest: bytes) -> KeptAgent | None:
        found = [one for one in self.kept.values() if digest in (one.digest, one.next_digest)]
        return found[0] if found else None

    def _add(self, newcomer: Newcomer, by: str, now: datetime) -> KeptAgent:
        taken = {hostname_key(kept.about.name) for kept in self.kept.values()}
        name = next(name for name in names(newcomer.hostname, newcomer.session_user) if hostname_key(name) not in taken)
        about = Agent(uuid.uuid4().hex, name, newcomer.hostname, newcomer.session_user, newcomer.address, now, by, now)
        self.kept[about.id] = KeptAgent(about, newcomer.digest)
        return self.kept[about.id]
