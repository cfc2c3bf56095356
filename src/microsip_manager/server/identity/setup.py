"""The first set-up of a server: its first administrator, and what the first agents need."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from microsip_manager.server.errors import ManagerError, SetUpAlready
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.users import Users
from microsip_manager.wire.identity import Role
from microsip_manager.wire.people import NewUser, SetUp, SetUpServer

log = logging.getLogger(__name__)


async def nothing() -> None:
    """What a part of the set-up does where there is no such part."""


class FirstSetUp:
    """Once only, and only as long as nobody could sign in."""

    def __init__(
        self,
        users: Users,
        credentials: Credentials,
        make_certificate: Callable[[], Awaitable[None]] = nothing,
        first_join_token: Callable[[], Awaitable[str | None]] = nothing,
    ) -> None:
        """`make_certificate` makes one where there is none; `first_join_token` gives what agents enrol with."""
        self._users = users
        self._credentials = credentials
        self._make_certificate = make_certificate
        self._first_join_token = first_join_token
        self._one_at_a_time = asyncio.Lock()

    async def set_up(self, wish: SetUpServer) -> SetUp:
        """Raises `SetUpAlready`, `NotReady` and `TooBusy`; then nothing is set up that was not before."""
        async with self._one_at_a_time:
            if self._credentials.required:
                raise SetUpAlready
            await self._make_certificate()
            user = await self._users.make(NewUser(wish.name, wish.password, Role.ADMIN), first=True)
            if user is None:  # another server on the same database was faster
                raise SetUpAlready
            return SetUp(user, await self._join_token())

    async def _join_token(self) -> str | None:
        """None when it cannot be made: the administrator is there now, and can make another."""
        try:
            return await self._first_join_token()
        except ManagerError as error:
            log.error("no join token was made: %s", error)
            return None
