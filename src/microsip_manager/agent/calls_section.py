"""MicroSIP's list of calls: what an entry says, and what call that is. Pure.

An entry is `number;name;type;time;duration;info`, and nothing in it is escaped: a `;` in a name, or a parameter of the
number, shifts the fields. MicroSIP writes it when the call appears and again at each change until the call has ended.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from microsip_manager.wire.calls import LARGEST, TEXT_LIMIT, Call, CallDirection, call_id

DO_NOT_DISTURB = frozenset({"Do Not Disturb", "Не беспокоить"})
"""The note of a call that DND rejected, in the languages known beforehand."""

LONGEST_CALL = 24 * 3600
"""Seconds after which a call without a note is over: MicroSIP died during it."""

# The last place that fits counts: a caller can choose a name that looks like these fields, but not what follows it.
_ENTRY = re.compile(
    r"(?P<who>.*);(?P<type>[0-9]);(?P<time>[0-9]{9,11});(?P<duration>[0-9]{1,10});(?P<info>.*)", re.DOTALL
)
_PARAMETER = re.compile(r"[A-Za-z0-9_.+-]+=[^;\s]*|lr|ob")
_KEY = re.compile(r"[0-9]{1,9}")

# Windows itself turns no moment after the year 3000 into a date.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OUTGOING, _INCOMING, _MISSED, _ELSEWHERE = range(4)


@dataclass(frozen=True)
class CallEntry:
    """One entry as it stands in the list, its texts made fit for screens and logs."""

    key: int
    number: str
    name: str
    type: int
    time: int
    duration: int
    info: str


@dataclass(frozen=True)
class Phone:
    """Whose list it is, and what must be known besides it to tell whether a call lives."""

    hostname: str
    extension: str
    ini: str
    """Path of the ini: it tells apart the MicroSIPs of one PC."""
    running: bool
    notes_every_end: bool
    dnd_notes: Collection[str] = DO_NOT_DISTURB


def read_entries(section: Mapping[str, str]) -> tuple[CallEntry, ...]:
    """The entries of [Calls], oldest first; deleted ones (`null`) and what is none is left out."""
    found = (read_entry(int(key), value) for key, value in section.items() if _KEY.fullmatch(key))
    return tuple(sorted((entry for entry in found if entry), key=lambda entry: (entry.time, entry.key)))


def read_entry(key: int, value: str) -> CallEntry | None:
    """The entry, or None when the value is not one."""
    fields = _ENTRY.fullmatch(value)
    if not fields:
        return None
    number, name = _number_and_name(fields["who"])
    kind = int(fields["type"])
    return CallEntry(
        key,
        printable(number),
        printable(name),
        kind if kind <= _ELSEWHERE else _OUTGOING,  # as MicroSIP reads it
        int(fields["time"]),
        min(int(fields["duration"]), LARGEST),
        printable(fields["info"]),
    )


def calls_of(entries: Collection[CallEntry], phone: Phone, now: float) -> list[Call]:
    """The calls of a list, in its order. `now` is the PC's time as MicroSIP notes it, in Unix seconds."""
    newest = max((entry.time for entry in entries), default=0)
    return [_call(entry, phone, _is_alive(entry, phone, newest, now)) for entry in entries]


def printable(text: str) -> str:
    """The text without what could deceive a screen or break a line, cut to what travels."""
    kept = text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return kept[:TEXT_LIMIT].strip()


def _number_and_name(who: str) -> tuple[str, str]:
    """`486;Olga`, or `486@pbx.example;transport=tcp;Olga; Ltd`: only an address has parameters."""
    number, *rest = who.split(";")
    while "@" in number and len(rest) > 1 and _PARAMETER.fullmatch(rest[0]):
        number = f"{number};{rest.pop(0)}"
    return number, ";".join(rest)


def _is_alive(entry: CallEntry, phone: Phone, newest: int, now: float) -> bool:
    if entry.info or entry.duration or not phone.running or now - entry.time > LONGEST_CALL:
        return False
    # Where an ended call may have no note, the next call tells that this one is over.
    return phone.notes_every_end or entry.time == newest


def _call(entry: CallEntry, phone: Phone, alive: bool) -> Call:
    return Call(
        id=call_id(phone.hostname, entry.key, entry.time, phone.ini),
        hostname=phone.hostname,
        extension=phone.extension,
        key=entry.key,
        number=entry.number,
        name=entry.name,
        direction=_direction(entry, alive, phone.dnd_notes),
        started_at=_EPOCH + timedelta(seconds=entry.time),
        duration=entry.duration,
        info=entry.info,
        ended=not alive,
    )


def _direction(entry: CallEntry, alive: bool, dnd_notes: Collection[str]) -> CallDirection:
    if entry.type == _OUTGOING:
        return CallDirection.OUTGOING
    if entry.type == _ELSEWHERE:
        return CallDirection.ANSWERED_ELSEWHERE
    # MicroSIP 3.14 calls a call missed as long as it rings.
    if entry.type == _INCOMING or alive:
        return CallDirection.INCOMING
    rejected = entry.duration == 0 and entry.info in dnd_notes
    return CallDirection.REJECTED_BY_DND if rejected else CallDirection.MISSED
