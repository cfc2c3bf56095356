"""What a signed-in person does with the own account: another password, a second factor."""

from __future__ import annotations

import logging
from dataclasses import replace

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import BadRequest, NotAllowed, SecondFactorNeeded
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people_stores import Change, KeptUser, UserStore, name_key
from microsip_manager.server.identity.sessions import NewSession, Sessions
from microsip_manager.server.identity.sign_in import WRONG_CODE, Door
from microsip_manager.server.identity.totp import new_secret, step_of, uri_of
from microsip_manager.wire.people import ChangePassword, SecondFactor

log = logging.getLogger(__name__)


class OwnAccount:
    """All raise `NotReady`, and `NotAllowed` for a caller that is no person."""

    def __init__(self, store: UserStore, sessions: Sessions, passwords: Passwords, door: Door, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._door = door
        self._clock = clock

    async def user(self, caller: Caller) -> KeptUser:
        if caller.kind is not CallerKind.USER:
            raise NotAllowed("Only a person who has signed in has a password and a second factor.")
        found = await in_thread(self._store.user, name_key(caller.name))
        if found is None or found.id != caller.id:
            raise NotAllowed("This user was removed.")
        return found

    async def change_password(self, caller: Caller, wish: ChangePassword, address: str) -> NewSession:
        """Ends all sessions and begins one; raises as `Door.checked` does."""
        user = await self.user(caller)
        await self._door.checked(user.name, wish.password, address, None)
        password = await self._passwords.hashed(wish.new_password)
        async with self._sessions.changing:
            changed = await self._change(user, lambda now: replace(now, password=password))
            await self._sessions.end_all(user.id)
        log.info("user %s: has a new password", user.name)
        return await self._sessions.begin(changed)

    async def begin_second_factor(self, caller: Caller) -> SecondFactor:
        """A secret that counts once a code of it was confirmed; raises `BadRequest` where there is one already."""
        user = await self.user(caller)
        secret = new_secret()

        def begun(now: KeptUser) -> KeptUser:
            if now.has_second_factor:
                raise BadRequest("There is a second factor already; remove it first.")
            return replace(now, totp_secret=secret, totp_confirmed=False)

        await self._change(user, begun)
        return SecondFactor(secret, uri_of(secret, user.name))

    async def confirm_second_factor(self, caller: Caller, code: str) -> None:
        """From now on it is asked for; raises `SecondFactorNeeded` and `BadRequest`."""
        user = await self.user(caller)
        if user.totp_secret is None or user.has_second_factor:
            raise BadRequest("There is no second factor to confirm; ask for one first.")
        step = step_of(user.totp_secret, code, self._clock.now())
        if step is None or not await in_thread(self._store.take_step, user.id, step):
            raise SecondFactorNeeded(WRONG_CODE)

        def confirmed(now: KeptUser) -> KeptUser:
            if now.totp_secret != user.totp_secret:
                raise BadRequest("Another second factor was begun meanwhile.")
            return replace(now, totp_confirmed=True)

        await self._change(user, confirmed)
        log.info("user %s: has a second factor", user.name)

    async def remove_second_factor(self, caller: Caller, password: str, address: str) -> None:
        """Raises as `Door.checked` does."""
        user = await self.user(caller)
        await self._door.checked(user.name, password, address, None)
        await self._change(user, lambda now: replace(now, totp_secret=None, totp_confirmed=False))
        log.info("user %s: has no second factor any more", user.name)

    async def _change(self, user: KeptUser, change: Change) -> KeptUser:
        changed = await in_thread(self._store.change, user.key, change)
        if changed is None or changed.id != user.id:
            raise NotAllowed("This user was removed.")
        return changed
