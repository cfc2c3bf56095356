"""What can be shown to this server, by digest, and whom it stands for. In memory: every request looks here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from microsip_manager.clock import Clock
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.digests import digest
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0
"""Seconds after which a server notices at the latest what another one on the same database gave out or took back."""


@dataclass(frozen=True, slots=True)
class Credential:
    caller: Caller
    expires_at: datetime | None = None


PEOPLE = (CallerKind.USER, CallerKind.TOKEN)

Source = Callable[[], Mapping[bytes, Credential]]
"""Reads all credentials of one kind from the database; blocks, and raises `StoreFailed`."""


class Credentials:
    """Put together from several sources; changed on the event loop only."""

    def __init__(self, clock: Clock, *sources: Source, has_accounts: Callable[[], bool] = lambda: False) -> None:
        """`has_accounts` says whether the database knows any user; it may block and raise `StoreFailed`."""
        self._clock = clock
        self._sources = sources
        self._has_accounts = has_accounts
        self._known: dict[bytes, Credential] = {}
        self._agents: dict[bytes, Credential] = {}
        """By the whole header: those that agents have shown since anything changed. They show them all the time."""
        self._digests: dict[str, bytes] | None = None
        """Of the agents' keys by the key of their client; None until somebody asks."""
        self._changes = 0
        self._accounts = False
        self.required = False
        """Whether there is anybody who could sign in. As long as there is not, the server is in protected mode."""
        self.used: dict[bytes, datetime] = {}
        """When each was shown last, since somebody wrote that down; of agents, to half a minute."""

    def __len__(self) -> int:
        return len(self._known)

    def find_bearer(self, header: bytes) -> Credential | None:
        """What an `Authorization` header stands for; None for one that is not known or has expired."""
        found = self._agents.get(header)
        if found is not None:
            return found
        found = self.find(secret_in(header)) if header[:7].lower() == b"bearer " else None
        if found is not None and found.caller.kind is CallerKind.AGENT and found.expires_at is None:
            self._agents[header] = found
            if len(self._agents) > 2 * len(self._known):  # one secret may be spelled with more or fewer blanks
                self._agents.clear()
        return found

    def find(self, secret: str | bytes) -> Credential | None:
        """What a secret stands for; None for one that is not known or has expired."""
        key = digest(secret)
        found = self._known.get(key)
        if found is None:
            return None
        now = self._clock.now()
        if found.expires_at is not None and found.expires_at <= now:
            return None
        self.used[key] = now
        return found

    def holds(self, key: bytes | None) -> bool:
        """Whether what was shown when something long began counts still; None: nothing, as long as nothing is asked."""
        if key is None:
            return not self.required
        found = self._known.get(key)
        return found is not None and (found.expires_at is None or found.expires_at > self._clock.now())

    def put(self, key: bytes, credential: Credential) -> None:
        """From now on, without waiting for the next look into the database."""
        self._changes += 1
        self._forget()
        self._known[key] = credential
        self.required = self.required or credential.caller.kind in PEOPLE

    def renew(self, key: bytes, credential: Credential) -> None:
        """The same as `put`, unless it was dropped meanwhile."""
        if key in self._known:
            self.put(key, credential)

    def account_made(self) -> None:
        """There is a user now, who may have no credential yet."""
        self._changes += 1
        self._accounts = self.required = True

    def take_uses(self, kind: CallerKind) -> dict[bytes, datetime]:
        """When those of this kind were shown last since this was asked before."""
        uses = {key: at for key, at in self.used.items() if key in self._known and self._known[key].caller.kind is kind}
        for key in uses:
            del self.used[key]
        return uses

    def drop(self, key: bytes) -> None:
        self._changes += 1
        self._forget()
        self._known.pop(key, None)
        self.used.pop(key, None)
        self.required = self._accounts or _any_of_people(self._known)

    def agent_digest(self, hostname: str) -> bytes | None:
        """The digest of a key of the agent of this client; None when it has none."""
        if self._digests is None:
            self._digests = {
                hostname_key(one.caller.name): key
                for key, one in self._known.items()
                if one.caller.kind is CallerKind.AGENT
            }
        return self._digests.get(hostname_key(hostname))

    def _forget(self) -> None:
        self._agents.clear()
        self._digests = None

    def ids(self, kind: CallerKind) -> frozenset[str]:
        """Of all callers of this kind whose credentials are known."""
        return frozenset(one.caller.id for one in self._known.values() if one.caller.kind is kind)

    def load(self) -> None:
        """Take all of them from the database; blocks, raises `StoreFailed`. For the start."""
        self._take(*self._read())

    async def keep_up(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        """Look from time to time what other servers changed, until `wait` says stop."""
        while not await wait(LOOK_EVERY):
            before = self._changes
            try:
                read = await asyncio.to_thread(self._read)
            except StoreFailed as failure:
                log.error("the credentials cannot be read at present: %s", failure)
                continue
            if self._changes == before:  # else it may be older than what was changed here meanwhile
                self._take(*read)

    def _read(self) -> tuple[dict[bytes, Credential], bool]:
        known = {key: credential for source in self._sources for key, credential in source().items()}
        return known, self._has_accounts()

    def _take(self, known: dict[bytes, Credential], accounts: bool) -> None:
        self._forget()
        self._known, self._accounts = known, accounts
        self.required = accounts or _any_of_people(known)


def secret_in(header: bytes) -> bytes:
    """What an `Authorization: Bearer` header shows."""
    return header.partition(b" ")[2].strip()


def _any_of_people(known: Mapping[bytes, Credential]) -> bool:
    return any(one.caller.kind in PEOPLE for one in known.values())
