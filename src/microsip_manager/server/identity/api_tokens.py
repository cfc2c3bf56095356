"""The tokens of programs: made, listed, taken back."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import BadRequest, UnknownToken
from microsip_manager.server.identity.caller import CALLER, Caller, CallerKind
from microsip_manager.server.identity.credentials import Credential, Credentials
from microsip_manager.server.identity.digests import digest, new_secret
from microsip_manager.wire.identity import API_TOKEN_PREFIX, CreatedToken, NewToken, Token
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptToken:
    about: Token
    digest: bytes


class TokenStore(Protocol):
    """All raise `StoreFailed` and block."""

    def tokens(self) -> list[KeptToken]:
        """All of them, the oldest first."""
        ...

    def add(self, token: KeptToken) -> None: ...

    def remove(self, id: str) -> KeptToken | None:
        """The token as it was; None when there is none of this id."""
        ...

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        """Note when those of these digests were used last; no use goes back in time."""
        ...


def known_tokens(store: TokenStore) -> dict[bytes, Credential]:
    """The source of `Credentials` for tokens."""
    return {kept.digest: _credential(kept.about) for kept in store.tokens()}


class ApiTokens:
    """All raise `NotReady`."""

    def __init__(self, store: TokenStore, credentials: Credentials, clock: Clock) -> None:
        self._store = store
        self._credentials = credentials
        self._clock = clock

    async def all(self) -> list[Token]:
        kept = await in_thread(self._store.tokens)
        return [structs.replace(one.about, last_used_at=self._last_use(one)) for one in kept]

    async def make(self, wish: NewToken) -> CreatedToken:
        """A new token; raises `BadRequest` for one that would never be good for anything."""
        now = self._clock.now()
        if wish.expires_at is not None and wish.expires_at <= now:
            raise BadRequest("Expected a moment to come - at `$.expires_at`")
        secret = new_secret(API_TOKEN_PREFIX)
        about = Token(
            uuid.uuid4().hex, wish.name, wish.role, wish.groups, now, CALLER.get().issuer, wish.expires_at, None
        )
        kept = KeptToken(about, digest(secret))
        await in_thread(self._store.add, kept)
        self._credentials.put(kept.digest, _credential(about))
        log.info("token %s: made, %s", about.name, about.role.value)
        return CreatedToken(secret, about)

    async def revoke(self, id: str) -> Token:
        """The token as it was; raises `UnknownToken`."""
        kept = await in_thread(self._store.remove, id)
        if kept is None:
            raise UnknownToken(id)
        self._credentials.drop(kept.digest)
        log.info("token %s: revoked", kept.about.name)
        return kept.about

    def _last_use(self, kept: KeptToken) -> datetime | None:
        return self._credentials.used.get(kept.digest, kept.about.last_used_at)


def _credential(about: Token) -> Credential:
    groups = frozenset(hostname_key(group) for group in about.groups)
    return Credential(Caller(CallerKind.TOKEN, about.id, about.name, about.role, groups), about.expires_at)
