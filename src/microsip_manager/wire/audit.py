"""The audit log as it travels: its rows, and what a check of its chain found."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from microsip_manager.wire.moment import Moment

Hash = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 over the hash of the row before and all else in this row",
        examples=["9f2c0c6e5f0a4b7d8e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f"],
    ),
]


class AuditRecord(Struct, frozen=True):
    """One row of the audit log. The time is the server's."""

    seq: int
    """Each row's is one more than that of the row before."""
    at: Moment
    who: str
    """Such as `user anna`, `token nightly`, `agent NIKITA`, `open`, `nobody`, `server schedules`."""
    who_id: str
    """It stays when they are renamed."""
    address: str
    what: str
    """Method and path of the request as the list of requests has them, or what the server did by itself."""
    hostname: str
    target: str
    """A group, a schedule, a token: what the path names beside a client."""
    before: Any
    after: Any
    numbers: list[str]
    """Phone numbers in it: the last digits, and a name by chance that is forgotten when the number is erased."""
    status: int | None
    """Of the HTTP answer; null when there was none."""
    outcome: str
    """`ok`, or the code of the problem."""
    times: int
    """More than 1: so many repeats of the same since `since`, the last of them `at` this time."""
    since: Moment | None
    request_id: str
    hash: Hash


class Broken(Struct, frozen=True):
    """Where the chain does not hold."""

    seq: int
    """The row at which it was noticed."""
    why: str


class AuditCheck(Struct, frozen=True):
    """What a check of the whole chain found."""

    ok: bool
    rows: int
    first: int
    """0 when there are no rows."""
    last: int
    hash: str
    """Of the last row. Kept elsewhere, number and hash show later that nothing up to here was changed or removed."""
    broken: list[Broken]
    """The first 20 places."""
