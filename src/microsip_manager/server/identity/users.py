"""The people who may sign in, as administrators see them: made, listed, changed, removed."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import BadRequest, UnknownUser, UserExists
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people_stores import KeptUser, UserStore, name_key
from microsip_manager.server.identity.sessions import Sessions
from microsip_manager.wire.identity import Role, check_groups
from microsip_manager.wire.people import ChangeUser, NewUser, User

log = logging.getLogger(__name__)


class Users:
    """All raise `NotReady`."""

    def __init__(
        self, store: UserStore, sessions: Sessions, passwords: Passwords, credentials: Credentials, clock: Clock
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._credentials = credentials
        self._clock = clock

    async def all(self) -> list[User]:
        return [user.told for user in await in_thread(self._store.users)]

    async def make(self, wish: NewUser, *, first: bool = False) -> User | None:
        """A new user; None of a first one when there is another. Raises `UserExists` and `TooBusy`."""
        password = await self._passwords.hashed(wish.password)
        user = KeptUser(uuid.uuid4().hex, wish.name, wish.role, wish.groups, False, self._clock.now(), password)
        if not await in_thread(self._store.add, user, first=first):
            if first:
                return None
            raise UserExists(wish.name)
        self._credentials.account_made()
        log.info("user %s: made, %s", user.name, user.role.value)
        return user.told

    async def change(self, name: str, wish: ChangeUser) -> tuple[User, User]:
        """The user as it was and as it is now; live sessions follow at once.

        Raises `UnknownUser`, `LastAdmin`, `BadRequest` and `TooBusy`.
        """
        password = await self._passwords.hashed(wish.password) if wish.password is not None else None
        before: KeptUser | None = None

        def changed(kept: KeptUser) -> KeptUser:
            nonlocal before
            before = kept
            return _changed(wish, password, kept)

        async with self._sessions.changing:
            user = await in_thread(self._store.change, name_key(name), changed)
            if user is None or before is None:
                raise UnknownUser(name)
            if user.disabled or wish.password is not None or wish.reset_second_factor:
                await self._sessions.end_all(user.id)
            else:
                await self._sessions.follow(user)
        log.info("user %s: changed, %s%s", user.name, user.role.value, ", disabled" if user.disabled else "")
        return before.told, user.told

    async def remove(self, name: str) -> User:
        """The user as it was; raises `UnknownUser` and `LastAdmin`."""
        async with self._sessions.changing:
            user = await in_thread(self._store.remove, name_key(name))
            if user is None:
                raise UnknownUser(name)
            await self._sessions.end_all(user.id)
        log.info("user %s: removed", user.name)
        return user.told


def _changed(wish: ChangeUser, password: str | None, user: KeptUser) -> KeptUser:
    """The user as wished; raises `BadRequest` for groups that make no sense for the role."""
    role = wish.role or user.role
    groups = wish.groups
    if groups is None:
        groups = user.groups if role is Role.OPERATOR else []
    try:
        check_groups(role, groups)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    after = replace(
        user,
        role=role,
        groups=groups,
        disabled=user.disabled if wish.disabled is None else wish.disabled,
        password=password or user.password,
    )
    # The last step stays: a code that was used once is used up for a new secret, too.
    return replace(after, totp_secret=None, totp_confirmed=False) if wish.reset_second_factor else after
