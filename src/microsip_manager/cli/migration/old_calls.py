"""Reads the call history of the older system: CSV or SQLite, with its columns mapped to ours."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from microsip_manager.cli.migration.errors import Unreadable
from microsip_manager.cli.migration.old_settings import read_text
from microsip_manager.wire.calls import Call, CallDirection, call_id
from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.names import hostname_key

USUAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("number", "phone", "phone_number", "caller", "callerid", "caller_id", "remote", "номер"),
    "name": ("name", "caller_name", "contact", "имя"),
    "direction": ("direction", "type", "call_type", "направление", "тип"),
    "started_at": ("started_at", "start", "start_time", "time", "date", "datetime", "timestamp",
                   "call_time", "дата", "время"),
    "duration": ("duration", "seconds", "billsec", "talk_time", "длительность"),
    "hostname": ("hostname", "host", "computer", "pc", "компьютер"),
    "extension": ("extension", "ext", "internal", "внутренний"),
    "info": ("info", "note", "comment", "status", "примечание"),
}  # fmt: skip
"""Our fields and the names their columns usually have."""

NEEDED = ("number", "direction", "started_at")

USUAL_DIRECTIONS = {
    **dict.fromkeys(("outgoing", "out", "outbound", "исходящий", "исх"), CallDirection.OUTGOING),
    **dict.fromkeys(("incoming", "in", "inbound", "входящий", "вх"), CallDirection.INCOMING),
    **dict.fromkeys(("missed", "no answer", "noanswer", "пропущенный", "пропущен"), CallDirection.MISSED),
    **dict.fromkeys(("answered_elsewhere", "answered elsewhere"), CallDirection.ANSWERED_ELSEWHERE),
    **dict.fromkeys(("rejected_by_dnd", "dnd", "rejected"), CallDirection.REJECTED_BY_DND),
}

TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S")

FIRST_KEY = 1_000_000
"""MicroSIP's own places in its list are below 1000, so these never meet one."""

_call = Decoder(Call)


@dataclass(frozen=True)
class HowToRead:
    """How the older history is to be read, as far as its own names do not say it."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Our field to their column."""
    directions: Mapping[str, CallDirection] = field(default_factory=dict)
    """Their word, in lower case, to our direction."""
    hostname: str = ""
    """For a history without that column."""
    extension: str = ""
    timezone: tzinfo | None = None
    """Of times that do not name theirs; None: that of this computer."""
    table: str = ""
    encoding: str = ""


def read_calls(file: Path, how: HowToRead) -> Iterator[Call]:
    """The calls in this file, one after the other; raises `Unreadable` at the first that cannot be understood."""
    if file.suffix.lower() in (".csv", ".tsv", ".txt"):
        yield from _from_csv(file, how)
    elif file.suffix.lower() in (".db", ".sqlite", ".sqlite3"):
        yield from _from_sqlite(file, how)
    else:
        raise Unreadable(file, "", "expected a name that ends in .csv, .db or .sqlite")


def _from_csv(file: Path, how: HowToRead) -> Iterator[Call]:
    text = read_text(file, how.encoding)
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heads = next(rows, [])
        columns = _columns(file, heads, how)
        for values in rows:
            place = f"line {rows.line_num}"
            if not any(values):
                continue
            if len(values) != len(heads):
                raise Unreadable(file, place, f"expected {len(heads)} columns, found {len(values)}")
            yield _read_call(file, place, {ours: values[at] for ours, at in columns.items()}, how)
    except csv.Error as error:
        raise Unreadable(file, f"line {rows.line_num}", str(error)) from None


def _from_sqlite(file: Path, how: HowToRead) -> Iterator[Call]:
    if not file.is_file():
        raise Unreadable(file, "", "there is no such file")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            table = _table(file, database, how.table)
            quoted = '"' + table.replace('"', '""') + '"'
            found = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - a name of the database's own, quoted
            columns = _columns(file, [column[0] for column in found.description], how)
            for number, values in enumerate(found, 1):
                row = {ours: "" if values[at] is None else str(values[at]) for ours, at in columns.items()}
                yield _read_call(file, f"table {table}, row {number}", row, how)
    except sqlite3.Error as error:
        raise Unreadable(file, "", f"this cannot be read as SQLite: {error}") from None


def _table(file: Path, database: sqlite3.Connection, wanted: str) -> str:
    names = [
        row[0]
        for row in database.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")
    ]
    likely = (
        [name for name in names if name == wanted] if wanted else [name for name in names if "call" in name.lower()]
    )
    likely = likely or ([] if wanted else names)
    if len(likely) != 1:
        raise Unreadable(file, "", f"name the table with --table; there are: {', '.join(names) or 'none'}")
    found: str = likely[0]
    return found


def _columns(file: Path, heads: list[str], how: HowToRead) -> dict[str, int]:
    """Where each of our fields stands; raises `Unreadable` when one that is needed has no column."""
    names = [head.strip().lower() for head in heads]
    found = {}
    for ours, usual in USUAL_COLUMNS.items():
        wanted = how.columns.get(ours)
        if wanted is not None and wanted.lower() not in names:
            raise Unreadable(file, "line 1", f"there is no column {wanted!r}; there are: {', '.join(heads)}")
        candidates = (wanted.lower(),) if wanted is not None else usual
        place = next((names.index(name) for name in candidates if name in names), None)
        if place is not None:
            found[ours] = place
    for ours in NEEDED:
        if ours not in found:
            raise Unreadable(
                file,
                "line 1",
                f"no column for {ours}; name it with --column {ours}=COLUMN. There are: {', '.join(heads)}",
            )
    return found


def _read_call(file: Path, place: str, row: Mapping[str, str], how: HowToRead) -> Call:
    def read(name: str, reader: Callable[[str], object], expected: str) -> object:
        try:
            return reader(row.get(name, "").strip())
        except (ValueError, OverflowError, KeyError):
            raise Unreadable(file, place, f"{name} is {row.get(name, '')[:100]!r}; expected {expected}") from None

    started = read("started_at", lambda text: moment(text, how.timezone), "a time, such as 2025-03-02 14:05:00")
    assert isinstance(started, datetime)
    direction = read(
        "direction",
        lambda text: how.directions.get(text.lower()) or USUAL_DIRECTIONS[text.lower()],
        "a known word; name it with --direction WORD=missed",
    )
    duration = read("duration", seconds, "seconds, or hours:minutes:seconds")
    hostname = row.get("hostname", "").strip() or how.hostname
    key = _key(row)
    made = {
        "id": call_id(hostname, key, int(started.timestamp())),
        "hostname": hostname,
        "extension": row.get("extension", "").strip() or how.extension,
        "key": key,
        "number": row["number"].strip(),
        "name": row.get("name", "").strip(),
        "direction": direction,
        "started_at": started,
        "duration": duration,
        "info": row.get("info", "").strip(),
        "ended": True,
    }
    try:
        return _call(encode(made))
    except BadMessage as error:
        hint = "; give it with --hostname" if not hostname else ""
        raise Unreadable(file, place, f"{error}{hint}") from None


def _key(row: Mapping[str, str]) -> int:
    """A place for a call that had none: made of what it was, so that it is the same at each run."""
    what = "\n".join(f"{name}={hostname_key(row[name].strip())}" for name in sorted(row))
    return FIRST_KEY + int(hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) // 4


def moment(text: str, timezone: tzinfo | None) -> datetime:
    """A time in one of the usual forms, in UTC; raises `ValueError`. Without a zone it is one of `timezone`."""
    if re.fullmatch(r"\d{9,10}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    found = _parsed(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone) if timezone else found.astimezone()
    return found.astimezone(UTC)


def _parsed(text: str) -> datetime:
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return datetime.fromisoformat(text)


def seconds(text: str) -> int:
    """A duration as whole seconds, from `95`, `95.4`, `1:35` or `0:01:35`; nothing is 0."""
    if not text:
        return 0
    if not re.fullmatch(r"\d{1,9}(\.\d+)?|(\d{1,4}:)?\d{1,2}:\d{2}", text):
        raise ValueError
    if ":" not in text:
        return int(float(text))
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total
