"""What the SQL database holds about one extension or phone number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from microsip_manager.server.privacy.same_number import holds_number, same_number
from microsip_manager.server.sql_access import reading, writing
from microsip_manager.server.tables import (
    audit_numbers_table,
    audit_table,
    calls_table,
    clients_table,
    commands_table,
    dnd_wishes_table,
    transitions_table,
    webhook_deliveries_table,
)
from microsip_manager.wire.command_log import PENDING
from microsip_manager.wire.privacy import PrivacyErased, PrivacyRows, PrivacySubject

_CALLS, _NUMBERS, _DELIVERIES = calls_table.c, audit_numbers_table.c, webhook_deliveries_table.c

AT_ONCE = 500
"""Ids in one statement: databases take only so many."""


class SqlPrivacyStore:
    """The real `PrivacyStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def spellings(self, subject: PrivacySubject) -> list[str]:
        with reading(self._engine) as connection:
            return _Places.of(connection, subject).spellings

    def find(self, subject: PrivacySubject) -> list[PrivacyRows]:
        with reading(self._engine) as connection:
            places = _Places.of(connection, subject)
            chosen = [
                (clients_table, clients_table.c.key.in_(places.client_keys)),
                (calls_table, sa.or_(places.own_calls, places.calls_with)),
                (transitions_table, transitions_table.c.client_key.in_(places.client_keys)),
                (commands_table, commands_table.c.client_key.in_(places.client_keys)),
                (dnd_wishes_table, dnd_wishes_table.c.client_key.in_(places.client_keys)),
                (audit_table, places.audit_rows),
            ]
            found = [PrivacyRows(str(table.name), _rows(connection, table, condition)) for table, condition in chosen]
            deliveries = _deliveries(connection, places)
        told = [{"id": id, "body": msgspec.json.decode(body)} for id, body in deliveries]
        return [*found, PrivacyRows(str(webhook_deliveries_table.name), told)]

    def erase(self, subject: PrivacySubject, *, dry_run: bool) -> list[PrivacyErased]:
        with writing(self._engine) as connection:
            places = _Places.of(connection, subject)
            removed = [
                (calls_table, places.own_calls),
                (transitions_table, transitions_table.c.client_key.in_(places.client_keys)),
                (
                    commands_table,
                    commands_table.c.client_key.in_(places.client_keys) & (commands_table.c.outcome != PENDING),
                ),
                (
                    dnd_wishes_table,
                    dnd_wishes_table.c.client_key.in_(places.client_keys) & dnd_wishes_table.c.ended_at.is_not(None),
                ),
                (audit_numbers_table, _NUMBERS.pseudonym.in_(places.pseudonyms)),
            ]
            told = [
                PrivacyErased(str(table.name), "removed", _count(connection, table, condition))
                for table, condition in removed
            ]
            emptied = places.calls_with & ~places.own_calls
            told.append(PrivacyErased("calls", "number, name emptied", _count(connection, calls_table, emptied)))
            deliveries = [id for id, _ in _deliveries(connection, places)]
            told.append(PrivacyErased(str(webhook_deliveries_table.name), "removed", len(deliveries)))
            if not dry_run:
                _empty_calls(connection, emptied, subject.text)
                for table, condition in removed:
                    connection.execute(table.delete().where(condition))
                for some in _portions(deliveries):
                    connection.execute(webhook_deliveries_table.delete().where(_DELIVERIES.id.in_(some)))
        return told


@dataclass(frozen=True)
class _Places:
    """Where the subject is found."""

    subject: PrivacySubject
    spellings: list[str]
    client_keys: list[str]
    """Clients that have the extension now."""
    pseudonyms: list[str]

    @classmethod
    def of(cls, connection: sa.Connection, subject: PrivacySubject) -> _Places:
        written = connection.execute(sa.select(_CALLS.number).distinct()).scalars()
        spellings = [number for number in written if number and same_number(number, subject.text)]
        keys: list[str] = []
        if subject.extension is not None:
            having = sa.select(clients_table.c.key).where(clients_table.c.extension == subject.extension)
            keys = list(connection.execute(having).scalars())
        named = connection.execute(sa.select(audit_numbers_table)).all()
        pseudonyms = [row.pseudonym for row in named if same_number(row.number, subject.text)]
        return cls(subject, spellings, keys, pseudonyms)

    @property
    def own_calls(self) -> sa.ColumnElement[bool]:
        if self.subject.extension is None:
            return sa.false()
        return _CALLS.extension == self.subject.extension

    @property
    def calls_with(self) -> sa.ColumnElement[bool]:
        return _CALLS.number.in_(self.spellings)

    @property
    def audit_rows(self) -> sa.ColumnElement[bool]:
        """Rows that name the number or, of an extension, its PC."""
        by_number = [audit_table.c.numbers.contains(name) for name in self.pseudonyms]
        return sa.or_(audit_table.c.client_key.in_([key for key in self.client_keys if key]), *by_number)

    def is_in(self, body: Any) -> bool:
        """Whether a delivery of a webhook is about the subject."""
        about = body.get("data", body) if isinstance(body, dict) else {}
        call, client = about.get("call") or {}, about.get("client") or {}
        if self.subject.extension in (call.get("extension"), client.get("extension")) and self.subject.extension:
            return True
        return bool(call.get("number")) and same_number(call["number"], self.subject.text)


def _rows(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    found = connection.execute(sa.select(table).where(condition).order_by(*table.primary_key))
    return [{str(name): msgspec.to_builtins(value) for name, value in row._mapping.items()} for row in found]


def _count(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(condition)).scalar_one()


def _deliveries(connection: sa.Connection, places: _Places) -> list[tuple[str, bytes]]:
    rows = connection.execute(sa.select(_DELIVERIES.id, _DELIVERIES.body))
    return [(row.id, row.body) for row in rows if places.is_in(_json(row.body))]


def _empty_calls(connection: sa.Connection, condition: sa.ColumnElement[bool], number: str) -> None:
    """Leave of these calls what statistics need: when, how long, which way."""
    notes = connection.execute(sa.select(_CALLS.id, _CALLS.info).where(condition)).all()
    telling = [row.id for row in notes if holds_number(row.info, number)]
    connection.execute(calls_table.update().where(condition).values(number="", name=""))
    for some in _portions(telling):
        connection.execute(calls_table.update().where(_CALLS.id.in_(some)).values(info=""))


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return {}
