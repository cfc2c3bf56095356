"""The chain of the audit log: each row's hash covers the row and the hash before it. Pure.

What it shows: any row changed, removed, put in or moved, as long as the hash of a later row is known from somewhere.
What it cannot show: that somebody who can write to the whole database has made all of it anew, unless a number and a
hash of before are kept elsewhere; and what happened and was never written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from microsip_manager.server.audit.deed import Deed, clean, text_of
from microsip_manager.wire.audit import AuditCheck, AuditRecord, Broken
from microsip_manager.wire.names import hostname_key

START = "0" * 64
"""In place of a hash before the first row."""

ANCHOR = "anchor"
"""What a row is called that says which rows before were removed because of their age, and how the rest begins."""

MOST_BROKEN = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is kept. JSON stays text, so that it is the very text that was hashed."""

    seq: int
    at: datetime
    who_kind: str
    who_id: str
    who_name: str
    address: str
    what: str
    client_key: str
    """Of the hostname, to find it however it is written."""
    hostname: str
    target: str
    before: str
    after: str
    numbers: str
    status: int | None
    outcome: str
    times: int
    since: datetime | None
    request_id: str
    hash: str = ""

    def shown(self) -> AuditRecord:
        return AuditRecord(
            seq=self.seq,
            at=self.at,
            who=f"{self.who_kind} {self.who_name}".rstrip(),
            who_id=self.who_id,
            address=self.address,
            what=self.what,
            hostname=self.hostname,
            target=self.target,
            before=_json(self.before),
            after=_json(self.after),
            numbers=_texts(self.numbers),
            status=self.status,
            outcome=self.outcome,
            times=self.times,
            since=self.since,
            request_id=self.request_id,
            hash=self.hash,
        )


class Head(msgspec.Struct, frozen=True):
    """The end of the chain, kept beside it."""

    seq: int = 0
    hash: str = START


class Removal(msgspec.Struct, frozen=True):
    """What an anchor says in `after`."""

    removed_to: int
    hash: str
    """Of the last row removed."""


def next_row(head: Head, deed: Deed, pseudonyms: Sequence[str] = ()) -> AuditRow:
    """The row that follows; `pseudonyms` stand for the phone numbers of the deed."""
    row = AuditRow(
        seq=head.seq + 1,
        at=deed.at.astimezone(UTC),
        who_kind=deed.who.kind.value,
        who_id=clean(deed.who.id),
        who_name=clean(deed.who.name),
        address=clean(deed.address),
        what=clean(deed.what),
        client_key=hostname_key(clean(deed.hostname)),
        hostname=clean(deed.hostname),
        target=clean(deed.target),
        before=text_of(deed.before),
        after=text_of(deed.after),
        numbers=text_of(list(pseudonyms) or None),
        status=deed.status,
        outcome=clean(deed.outcome),
        times=deed.times,
        since=deed.since.astimezone(UTC) if deed.since else None,
        request_id=deed.request_id,
    )
    return msgspec.structs.replace(row, hash=hash_of(head.hash, row))


def hash_of(previous: str, row: AuditRow) -> str:
    return hashlib.sha256(previous.encode() + b"\n" + _canonical(row)).hexdigest()


def check(
    rows: Iterable[AuditRow], head: Head, removals: Iterable[Removal], witnesses: Mapping[int, str] | None = None
) -> AuditCheck:
    """Go through all rows, the oldest first. `witnesses` are hashes of rows that are known from elsewhere.

    The removals are asked for last: rows may be removed while others are still being read.
    """
    broken: list[Broken] = []
    known = dict(witnesses or {}) | {head.seq: head.hash}
    known.pop(0, None)
    first: AuditRow | None = None
    last, count = Head(), 0
    for row in rows:
        count += 1
        if first is None:
            first = row
        elif row.seq != last.seq + 1:
            broken.append(Broken(row.seq, f"the rows from {last.seq + 1} to {row.seq - 1} are missing"))
        elif row.hash != hash_of(last.hash, row):
            broken.append(Broken(row.seq, "it was changed, or is not the row that followed the one before it"))
        if known.pop(row.seq, row.hash) != row.hash:
            broken.append(Broken(row.seq, "it has another hash than it had"))
        last = Head(row.seq, row.hash)
    broken[:0] = _broken_start(first, removals)
    begin = first.seq if first is not None else 1
    broken += [Broken(seq, "it is missing at the end") for seq in sorted(known) if seq > last.seq]
    broken += [
        Broken(seq, "a row of this number was kept in mind, and is gone")
        for seq in sorted(known)
        if begin <= seq <= last.seq
    ]
    return AuditCheck(
        ok=not broken,
        rows=count,
        first=first.seq if first is not None else 0,
        last=last.seq,
        hash=last.hash,
        broken=broken[:MOST_BROKEN],
    )


def removal_of(row: AuditRow) -> Removal | None:
    """What an anchor says; None for another row, or one that was tampered with."""
    try:
        return msgspec.json.decode(row.after, type=Removal) if row.what == ANCHOR else None
    except msgspec.MsgspecError:
        return None


def _broken_start(first: AuditRow | None, removals: Iterable[Removal]) -> list[Broken]:
    if first is None:
        return []
    if first.seq == 1:
        previous: str | None = START
    else:
        said = {removal.removed_to: removal.hash for removal in removals}
        previous = said.get(first.seq - 1)
    if previous is None:
        return [Broken(first.seq, "rows before it are missing, and no anchor says that they were removed")]
    if first.hash != hash_of(previous, first):
        return [Broken(first.seq, "it was changed, or is not the row that followed the one before it")]
    return []


def _canonical(row: AuditRow) -> bytes:
    """The row without its hash, always in the same bytes, whatever database it comes from."""
    return msgspec.json.encode(
        [
            row.seq,
            _microseconds(row.at),
            row.who_kind,
            row.who_id,
            row.who_name,
            row.address,
            row.what,
            row.client_key,
            row.hostname,
            row.target,
            row.before,
            row.after,
            row.numbers,
            row.status,
            row.outcome,
            row.times,
            None if row.since is None else _microseconds(row.since),
            row.request_id,
        ]
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _texts(text: str) -> list[str]:
    found = _json(text)
    return [str(one) for one in found] if isinstance(found, list) else [str(found)] if found else []


def _json(text: str) -> object:
    """What the text holds; the text itself where somebody has made it unreadable."""
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.MsgspecError:
        return text
