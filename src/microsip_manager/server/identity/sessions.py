"""Sessions of people at the panel: begun at sign-in, ended by time, by their owner or by an administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import WrongPassword
from microsip_manager.server.identity.cookies import SESSION_PREFIX
from microsip_manager.server.identity.credentials import Credential, Credentials
from microsip_manager.server.identity.digests import digest, new_secret
from microsip_manager.server.identity.people_stores import KeptSession, KeptUser, SessionStore, UserStore

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
MOST_OF_USER = 20
"""Sessions that one user has at once; the oldest ends when another one begins."""


@dataclass(frozen=True, slots=True)
class NewSession:
    secret: str
    user: KeptUser


def known_sessions(sessions: SessionStore, users: UserStore) -> dict[bytes, Credential]:
    """The source of `Credentials` for sessions."""
    callers = {user.id: user for user in users.users() if not user.disabled}
    return {
        session.digest: _credential(callers[session.user_id], session)
        for session in sessions.sessions()
        if session.user_id in callers
    }


class Sessions:
    """All raise `NotReady`. Who changes a user holds `changing` until its sessions have followed."""

    def __init__(self, store: SessionStore, users: UserStore, credentials: Credentials, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._credentials = credentials
        self._clock = clock
        self.changing = asyncio.Lock()

    async def begin(self, user: KeptUser) -> NewSession:
        """A session with a secret that nobody has seen before.

        Raises `WrongPassword` when the user was disabled, removed or got another password while it was checked.
        """
        secret, now = new_secret(SESSION_PREFIX), self._clock.now()
        session = KeptSession(digest(secret), user.id, now, now)
        async with self.changing:
            current = await in_thread(self._users.user, user.key)
            if current is None or (current.id, current.password, current.disabled) != (user.id, user.password, False):
                raise WrongPassword
            others = await in_thread(self._store.of_user, user.id)
            await in_thread(self._store.add, session)
            self._credentials.put(session.digest, _credential(current, session))
            await self._end(other.digest for other in others[: max(0, len(others) + 1 - MOST_OF_USER)])
        return NewSession(secret, current)

    async def end(self, secret: str) -> None:
        """Sign out here."""
        await self._end([digest(secret)])

    async def end_all(self, user_id: str) -> None:
        """Sign out everywhere."""
        sessions = await in_thread(self._store.of_user, user_id)
        await self._end(session.digest for session in sessions)

    async def follow(self, user: KeptUser) -> None:
        """Let the live sessions of a user have the role and the groups that the user has now."""
        for session in await in_thread(self._store.of_user, user.id):
            self._credentials.put(session.digest, _credential(user, session))

    def ends(self, session: KeptSession) -> tuple[datetime, datetime]:
        """When it ends if nothing more is asked, and at the latest."""
        latest = session.begun_at + LONGEST
        return min(session.used_at + IDLE, latest), latest

    async def kept(self, user_id: str, secret: str) -> KeptSession | None:
        """The session of this secret, with the use of this moment."""
        key = digest(secret)
        for session in await in_thread(self._store.of_user, user_id):
            if session.digest == key:
                return KeptSession(key, user_id, session.begun_at, self._clock.now())
        return None

    async def note(self, uses: Mapping[bytes, datetime]) -> None:
        """Write down that sessions were used, which puts their end off, and remove those that time has ended."""
        async with self.changing:
            if uses:
                await in_thread(self._store.used, uses)
            known = await in_thread(known_sessions, self._store, self._users)
            for key in uses.keys() & known.keys():
                self._credentials.renew(key, known[key])
        now = self._clock.now()
        over = [key for key, found in known.items() if found.expires_at is not None and found.expires_at <= now]
        await self._end(over)

    async def _end(self, digests: Iterable[bytes]) -> None:
        ended: Collection[bytes] = list(digests)
        if not ended:
            return
        for key in ended:
            self._credentials.drop(key)
        await in_thread(self._store.remove, ended)
        for key in ended:  # again: another look at the database may have brought it back meanwhile
            self._credentials.drop(key)


def _credential(user: KeptUser, session: KeptSession) -> Credential:
    return Credential(user.caller, min(session.used_at + IDLE, session.begun_at + LONGEST))
