"""Passwords: kept by Argon2id, which is slow on purpose and therefore never runs on the event loop."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from microsip_manager.server.errors import TooBusy

THREADS = 2
"""Each hash fills 64 MiB for a twentieth of a second; more at once would cost others their turn."""

MOST_WAITING = 20
"""Those under way included: the last of them waits about a second."""

TRY_AGAIN = 2

Done = TypeVar("Done")


class Passwords:
    """Makes and checks hashes, a few at a time. All raise `TooBusy`."""

    def __init__(self, hasher: PasswordHasher | None = None, most_waiting: int = MOST_WAITING) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._most_waiting = most_waiting
        self._waiting = 0
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        return await self._run(partial(self._hasher.hash, _one_form(password)))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; None stands for nobody's, which takes as long and is always wrong."""
        right = await self._run(partial(self._verify, kept or self._nobodys, _one_form(password)))
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        self._threads.shutdown()

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Done]) -> Done:
        if self._waiting >= self._most_waiting:
            raise TooBusy(TRY_AGAIN)
        self._waiting += 1
        under_way = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Its end is counted and not that of whoever waits: a caller that goes away frees no thread.
        under_way.add_done_callback(self._ended)
        return await asyncio.shield(under_way)

    def _ended(self, done: asyncio.Future[Done]) -> None:
        self._waiting -= 1
        if not done.cancelled():
            done.exception()  # somebody looked at it, though perhaps nobody waits any more


def _one_form(password: str) -> str:
    """The same letters make the same password, whichever keyboard and system composed them."""
    return unicodedata.normalize("NFC", password)
