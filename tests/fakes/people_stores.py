"""Users and their sessions in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from microsip_manager.server.identity.people_stores import Change, KeptSession, KeptUser, check_admins


class MemoryUserStore:
    def __init__(self) -> None:
        self.kept: dict[str, KeptUser] = {}
        self._lock = threading.Lock()

    def users(self) -> list[KeptUser]:
        return [self.kept[key] for key in sorted(self.kept)]

    def user(self, key: str) -> KeptUser | None:
        return self.kept.get(key)

    def any(self) -> bool:
        return bool(self.kept)

    def add(self, user: KeptUser, *, first: bool = False) -> bool:
        with self._lock:
            if user.key in self.kept or (first and self.kept):
                return False
            self.kept[user.key] = user
            return True

    def change(self, key: str, change: Change) -> KeptUser | None:
        with self._lock:
            if key not in self.kept:
                return None
            after = change(self.kept[key])
            check_admins(self.kept, {**self.kept, key: after})
            self.kept[key] = after
            return after

    def remove(self, key: str) -> KeptUser | None:
        with self._lock:
            if key not in self.kept:
                return None
            check_admins(self.kept, {other: user for other, user in self.kept.items() if other != key})
            return self.kept.pop(key)

    def take_step(self, id: str, step: int) -> bool:
        with self._lock:
            for key, user in self.kept.items():
                if user.id == id and user.totp_step < step:
                    self.kept[key] = replace(user, totp_step=step)
                    return True
            return False


class MemorySessionStore:
    def __init__(self) -> None:
        self.kept: dict[bytes, KeptSession] = {}

    def sessions(self) -> list[KeptSession]:
        return list(self.kept.values())

    def of_user(self, user_id: str) -> list[KeptSession]:
        found = [session for session in self.kept.values() if session.user_id == user_id]
        return sorted(found, key=lambda session: (session.begun_at, session.digest))

    def add(self, session: KeptSession) -> None:
        self.kept[session.digest] = session

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        for digest, at in uses.items():
            if digest in self.kept and self.kept[digest].used_at < at:
                self.kept[digest] = replace(self.kept[digest], used_at=at)

    def remove(self, digests: Iterable[bytes]) -> None:
        for digest in digests:
            self.kept.pop(digest, None)
