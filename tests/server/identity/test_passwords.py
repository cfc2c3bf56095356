"""Argon2 never runs on the event loop, and never more of it than there is room for."""

from __future__ import annotations

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from microsip_manager.server.errors import TooBusy
from microsip_manager.server.identity.passwords import THREADS, Passwords
from tests.fakes.services import QUICK


class WatchedHasher(PasswordHasher):
    """Says in which threads it worked, and works only while it is let."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.threads: list[str] = []
        self.let = threading.Event()
        self.let.set()
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self._work()
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self._work()
        return super().verify(hash, password)

    def _work(self) -> None:
        with self._lock:
            self.threads.append(threading.current_thread().name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.let.wait(30)
        with self._lock:
            self.at_once -= 1


def test_hashing_and_checking_run_in_threads_of_their_own() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher)
    hasher.threads.clear()  # the one for nobody is made at the start

    async def work() -> None:
        kept = await passwords.hashed("correct horse")
        assert await passwords.matches("correct horse", kept)
        assert not await passwords.matches("wrong horse", kept)
        assert not await passwords.matches("correct horse", None)

    asyncio.run(work())
    passwords.close()

    assert len(hasher.threads) == 4
    assert all(name.startswith("argon2") for name in hasher.threads)


def test_a_few_at_a_time_and_no_more_than_there_is_room_for() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher, most_waiting=5)

    async def work() -> int | None:
        hasher.let.clear()
        waiting = [asyncio.create_task(passwords.hashed("correct horse")) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(TooBusy) as refused:
            await passwords.matches("correct horse", None)
        hasher.let.set()
        await asyncio.gather(*waiting)
        assert not await passwords.matches("wrong horse", None)  # there is room again
        return refused.value.retry_after

    assert asyncio.run(work())
    passwords.close()
    assert hasher.most_at_once <= THREADS


def test_who_goes_away_frees_no_room_before_the_work_has_ended() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher, most_waiting=1)

    async def work() -> None:
        hasher.let.clear()
        impatient = asyncio.create_task(passwords.hashed("correct horse"))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        with pytest.raises(TooBusy):
            await passwords.hashed("correct horse")
        hasher.let.set()

    asyncio.run(work())
    passwords.close()


def test_the_loop_goes_on_while_a_password_is_checked() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher)

    async def work() -> bool:
        hasher.let.clear()
        checking = asyncio.create_task(passwords.matches("correct horse", None))
        for _ in range(100):
            await asyncio.sleep(0)
        still_checking = not checking.done()
        hasher.let.set()
        await checking
        return still_checking

    assert asyncio.run(work())
    passwords.close()


def test_it_is_argon2id_as_strong_as_the_library_advises() -> None:
    passwords = Passwords()
    kept = asyncio.run(passwords.hashed("correct horse"))
    passwords.close()

    assert PasswordHasher().type is Type.ID
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(QUICK.hash("correct horse"))


def test_what_is_no_hash_matches_nothing() -> None:
    passwords = Passwords(QUICK)

    assert not asyncio.run(passwords.matches("x", "no hash"))
    passwords.close()
