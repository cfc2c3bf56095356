"""Signing in: a name, a password and, where there is a second factor, a code."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.errors import NotReady, SecondFactorNeeded, TooBusy, WrongPassword
from microsip_manager.server.identity.attempts import Attempts
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people_stores import KeptUser, UserStore, name_key
from microsip_manager.server.identity.sessions import NewSession, Sessions
from microsip_manager.server.identity.totp import step_of
from microsip_manager.wire.people import SignIn

log = logging.getLogger(__name__)

NEEDS_CODE = "The password is right; send the code of your second factor, too."
WRONG_CODE = "The code is wrong, too old, or was used before; wait for the next one."


class Door:
    """Where people come in, and where they show once more who they are. All raise `NotReady`."""

    def __init__(
        self, store: UserStore, sessions: Sessions, passwords: Passwords, attempts: Attempts, clock: Clock
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._attempts = attempts
        self._clock = clock

    async def sign_in(self, shown: SignIn, address: str) -> NewSession:
        """A new session; raises `WrongPassword`, `SecondFactorNeeded`, `TooManyAttempts` and `TooBusy`."""
        user = await self.checked(shown.name, shown.password, address, shown.code)
        session = await self._sessions.begin(user)
        log.info("user %s: signed in from %s", user.name, address)
        return session

    async def checked(self, name: str, password: str, address: str, code: str | None) -> KeptUser:
        """Whose name and password it is; `code` is None where the password alone is asked for.

        Raises as `sign_in` does.
        """
        key = name_key(name)
        self._attempts.begin(key, address)
        try:
            found = await in_thread(self._store.user, key)
            usable = found if found is not None and not found.disabled else None
            # Nobody's password is checked as slowly as somebody's.
            right = await self._passwords.matches(password, usable.password if usable else None)
        except (NotReady, TooBusy):
            self._attempts.take_back(key, address)
            raise
        if usable is None or not right:
            log.warning("sign-in refused, user %s from %s", name, address)
            raise WrongPassword
        if code is not None and usable.totp_secret is not None and usable.has_second_factor:
            await self._check_code(usable, usable.totp_secret, code, address)
        self._attempts.succeeded(key, address)
        return await self._kept_as_today(usable, password)

    async def _check_code(self, user: KeptUser, secret: str, code: str, address: str) -> None:
        if not code:
            self._attempts.take_back(user.key, address)
            raise SecondFactorNeeded(NEEDS_CODE)
        step = step_of(secret, code, self._clock.now())
        if step is None or not await in_thread(self._store.take_step, user.id, step):
            log.warning("sign-in refused, second factor of user %s from %s", user.name, address)
            raise SecondFactorNeeded(WRONG_CODE)

    async def _kept_as_today(self, user: KeptUser, password: str) -> KeptUser:
        """The same user, its password kept with the parameters of today."""
        if not self._passwords.is_outdated(user.password):
            return user
        try:
            newer = await self._passwords.hashed(password)
        except TooBusy:
            return user  # the next sign-in does it
        changed = await in_thread(
            partial(
                self._store.change,
                user.key,
                lambda now: replace(now, password=newer) if now.password == user.password else now,
            )
        )
        return changed if changed is not None and changed.password == newer else user
