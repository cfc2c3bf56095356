"""The tokens by which agents come in: made, listed, taken back."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import UnknownToken
from microsip_manager.server.identity.agent_store import JoinTokenStore, KeptJoinToken
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.digests import digest
from microsip_manager.wire.enrolment import CreatedJoinToken, JoinTokenState, NewJoinToken
from microsip_manager.wire.join_token import JoinToken, join_token_text

log = logging.getLogger(__name__)


def no_authority() -> str | None:
    """Of a server without TLS."""
    return None


class JoinTokens:
    """All raise `NotReady`.

    `own_servers` tells the addresses of this server, and `authority` the SHA-256 of the certificate by which agents
    know it, or None; both are asked for each token.
    """

    def __init__(
        self,
        store: JoinTokenStore,
        clock: Clock,
        own_servers: Callable[[], Sequence[str]],
        authority: Callable[[], str | None] = no_authority,
    ) -> None:
        self._store = store
        self._clock = clock
        self._own_servers = own_servers
        self._authority = authority

    async def all(self) -> list[JoinTokenState]:
        return [kept.about for kept in await in_thread(self._store.join_tokens)]

    def servers(self) -> list[str]:
        """The addresses that a token tells where none are asked for."""
        return list(self._own_servers())

    async def make(self, wish: NewJoinToken) -> CreatedJoinToken:
        """A new one, for the addresses given, else for this server's own."""
        now, key = self._clock.now(), secrets.token_urlsafe(32)
        about = JoinTokenState(
            uuid.uuid4().hex, wish.name, wish.uses, 0, now, CALLER.get().issuer, now + timedelta(hours=wish.hours)
        )
        servers = wish.servers or self.servers()
        await in_thread(self._store.add, KeptJoinToken(about, digest(key)))
        log.info("join token %s: made, for %d agents and %d hours", about.name, wish.uses, wish.hours)
        return CreatedJoinToken(join_token_text(JoinToken(servers, key, self._authority())), about)

    async def revoke(self, id: str) -> JoinTokenState:
        """The token as it was; raises `UnknownToken`. Agents that are in stay in."""
        kept = await in_thread(self._store.remove, id)
        if kept is None:
            raise UnknownToken(id)
        log.info("join token %s: revoked", kept.about.name)
        return kept.about
