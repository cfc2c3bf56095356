"""Writes down from time to time when tokens and sessions were used last."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import NotReady
from microsip_manager.server.identity.api_tokens import TokenStore
from microsip_manager.server.identity.caller import CallerKind
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.sessions import Sessions

log = logging.getLogger(__name__)

WRITE_EVERY = 60.0
"""Seconds. A request only notes the moment in memory."""


class LastUses:
    def __init__(self, credentials: Credentials, tokens: TokenStore, sessions: Sessions) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._sessions = sessions

    async def keep(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        """Write each minute, and once more at the end, when `wait` says stop."""
        while not await wait(WRITE_EVERY):
            await self.write()
        await self.write()

    async def write(self) -> None:
        """All uses since the last time. What the database does not take counts at the next use again."""
        tokens = self._credentials.take_uses(CallerKind.TOKEN)
        sessions = self._credentials.take_uses(CallerKind.USER)
        try:
            if tokens:
                await in_thread(self._tokens.used, tokens)
            await self._sessions.note(sessions)
        except NotReady as error:
            log.error("the last uses of tokens and sessions cannot be written: %s", error)
            self._credentials.used = {**tokens, **sessions, **self._credentials.used}
