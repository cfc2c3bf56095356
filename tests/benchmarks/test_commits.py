"""A counter that sees nothing would praise every server, so it is shown a commit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.commits import CommitCounter


def test_commits_of_others_are_counted_and_silence_is_not(tmp_path: Path) -> None:
    database = tmp_path / "server.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as server:
        server.execute("PRAGMA journal_mode=WAL")
        server.execute("CREATE TABLE clients (hostname TEXT)")
        with CommitCounter(database, look_every=0) as commits:
            commits.look()
            before = commits.seen
            server.execute("INSERT INTO clients VALUES ('NIKITA')")
            commits.look()
            commits.look()

    assert (before, commits.seen) == (0, 1)
