"""What must not be lost on its way to a server: a small SQLite file on the PC.

It remembers which calls of MicroSIP's lists are known, and keeps each one that is new or has changed until a server has
confirmed it. Both are written in one transaction, so a crash at any moment neither loses nor doubles a call.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from microsip_manager.agent.boundaries import PhoneFiles
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.wire.calls import Call, decode_call
from microsip_manager.wire.codec import encode
from microsip_manager.wire.names import hostname_key

_TABLES = """
CREATE TABLE IF NOT EXISTS phones (ini TEXT PRIMARY KEY, folder TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    ini TEXT NOT NULL, key INTEGER NOT NULL, id TEXT NOT NULL, extension TEXT NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (ini, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, call BLOB NOT NULL, refusals INTEGER NOT NULL
);
"""

LONGEST_NAME = 100
"""Characters of a host name, as a file name spells it, that a path has room for."""


@dataclass(frozen=True)
class Seen:
    """What is remembered of the call at one place of a list."""

    id: str
    extension: str
    """The account at the time the call was first seen; the user may have changed to another one since."""
    digest: bytes
    """Tells whether the call has changed, without keeping what it says."""


@dataclass(frozen=True)
class Waiting:
    """A call that no server has confirmed yet."""

    seq: int
    """Grows with every change of the call, so that a confirmation does not remove what it did not mean."""
    call: Call


def spool_path(folder: Path, hostname: str) -> Path:
    """The file for the agent of this name; several simulated ones may share a folder."""
    name = quote(hostname_key(hostname), safe="")
    return folder / f"calls-{name if len(name) <= LONGEST_NAME else _short(name)}.db"


def _short(name: str) -> str:
    # It brings in OpenSSL, which no agent with a name of a usual length shall carry from its start.
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()[:16]


def open_spool(path: Path) -> Spool:
    """The spool in this file, which is set aside when it is damaged; raises `UnusableSystem`.

    Starting anew loses little: MicroSIP keeps the last thousand calls, and the server stores a repeated one once.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Spool(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            _set_aside(path)
            return Spool(path)
    except (OSError, sqlite3.Error) as error:
        raise UnusableSystem(f"{path} cannot be written: {error}; SPOOL_DIR sets another folder") from None


class Spool:
    """All verbs may be called by any thread; they raise `sqlite3.Error` when the disk does not take it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(_TABLES)
            [(state,)] = self._database.execute("PRAGMA quick_check(1)").fetchall()
            if state != "ok":
                raise sqlite3.DatabaseError(state)
        except BaseException:
            self._database.close()
            raise

    def phones(self) -> list[PhoneFiles]:
        """Every MicroSIP ever seen on this PC: one that was closed since may have calls that nobody has read."""
        with self._lock:
            rows = self._database.execute("SELECT ini, folder FROM phones").fetchall()
        return [PhoneFiles(Path(ini), Path(folder)) for ini, folder in rows]

    def add_phone(self, phone: PhoneFiles) -> None:
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO phones VALUES (?, ?)", (str(phone.ini), str(phone.folder)))

    def seen(self, ini: str) -> dict[int, Seen]:
        """What is known of a list, by key."""
        with self._lock:
            rows = self._database.execute(
                "SELECT key, id, extension, digest FROM seen WHERE ini = ?", (ini,)
            ).fetchall()
        return {key: Seen(id, extension, digest) for key, id, extension, digest in rows}

    def note(self, ini: str, seen: Mapping[int, Seen], calls: Collection[Call]) -> None:
        """Remember these as known and these calls as to be sent, both or neither."""
        known = [(ini, key, each.id, each.extension, each.digest) for key, each in seen.items()]
        with self._lock, _Transaction(self._database):
            self._database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", known)
            self._database.executemany(
                "INSERT OR REPLACE INTO waiting (id, call, refusals) VALUES (?, ?, 0)",
                [(call.id, encode(call)) for call in calls],
            )

    def waiting(self, most: int) -> list[Waiting]:
        """The calls to send next, oldest first. Those refused before do not mix with others, and come last."""
        with self._lock:
            rows = self._database.execute(
                "SELECT seq, call FROM waiting WHERE refusals = (SELECT min(refusals) FROM waiting) "
                "ORDER BY seq LIMIT ?",
                (most,),
            ).fetchall()
        return [Waiting(seq, decode_call(call)) for seq, call in rows]

    def forget(self, confirmed: Sequence[Waiting]) -> None:
        """A server has these; one that has changed meanwhile stays."""
        with self._lock, _Transaction(self._database):
            self._database.executemany("DELETE FROM waiting WHERE seq = ?", [(each.seq,) for each in confirmed])

    def put_off(self, refused: Sequence[Waiting]) -> None:
        """A server does not take these: they stay, behind all others."""
        with self._lock, _Transaction(self._database):
            self._database.executemany(
                "UPDATE waiting SET refusals = refusals + 1 WHERE seq = ?", [(each.seq,) for each in refused]
            )

    def close(self) -> None:
        with self._lock:
            self._database.close()


class _Transaction:
    """All or nothing. The module's own handling would begin a transaction only at the first change, unlocked."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _set_aside(path: Path) -> None:
    """Keep the damaged file for whoever wants to look at it, the newest one only."""
    path.replace(path.with_name(f"{path.name}.damaged"))
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
