"""How often a server writes to its database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from types import TracebackType

LOOK_EVERY = 0.2
"""Seconds. The server commits at most once a second, so no two commits fall between two looks."""


class CommitCounter:
    """Counts the commits that others make to a SQLite database while `look` is called often."""

    def __init__(self, database: Path, look_every: float = LOOK_EVERY) -> None:
        self._connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._version = self._data_version()
        self._look_every = look_every
        self._next_look = 0.0
        self.seen = 0

    def __enter__(self) -> CommitCounter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def look(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + self._look_every
        version = self._data_version()
        self.seen += version != self._version
        self._version = version

    def clients_stored(self) -> int:
        """How many clients the database holds, all their writing done."""
        self._version = self._data_version()
        count: int = self._connection.execute("SELECT count(*) FROM clients").fetchone()[0]
        return count

    def _data_version(self) -> int:
        """A number that changes when another connection has committed."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
