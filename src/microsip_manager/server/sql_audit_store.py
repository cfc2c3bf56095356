"""The audit log in a SQL database."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from microsip_manager.server.audit.audit_query import FAILED, AuditQuery
from microsip_manager.server.audit.chain import ANCHOR, AuditRow, Head, Removal, next_row, removal_of
from microsip_manager.server.audit.deed import OK, Deed, clean
from microsip_manager.server.identity.caller import SERVER
from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.tables import audit_head_table, audit_numbers_table, audit_table
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone_state import masked

_A, _H, _N = audit_table.c, audit_head_table.c, audit_numbers_table.c


class SqlAuditStore:
    """The real `AuditStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def append(self, deeds: Sequence[Deed]) -> Head:
        with writing(self._engine) as connection:
            head = _locked_head(connection)
            return _append(connection, head, deeds) if deeds else head

    def page(self, query: AuditQuery, before: int | None, most: int) -> list[AuditRow]:
        chosen = sa.select(audit_table).where(*_conditions(query)).order_by(_A.seq.desc()).limit(most)
        if before is not None:
            chosen = chosen.where(_A.seq < before)
        return self._read(chosen)

    def rows(self, after: int, to: int, most: int) -> list[AuditRow]:
        chosen = sa.select(audit_table).where(_A.seq > after, _A.seq <= to)
        return self._read(chosen.order_by(_A.seq).limit(most))

    def head(self) -> Head:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(audit_head_table)).one_or_none()
        return Head(row.seq, row.hash) if row is not None else Head()

    def removals(self) -> list[Removal]:
        anchors = self._read(sa.select(audit_table).where(_A.what == ANCHOR))
        return [found for found in map(removal_of, anchors) if found is not None]

    def forget(self, before: datetime, now: datetime) -> int:
        with writing(self._engine) as connection:
            head = _locked_head(connection)
            last = connection.execute(sa.select(_A.seq, _A.hash).where(_old(before)).order_by(_A.seq.desc()).limit(1))
            oldest_kept = last.one_or_none()
            if oldest_kept is None:
                return 0
            told = Removal(oldest_kept.seq, oldest_kept.hash)
            _append(connection, head, [Deed(now, SERVER.named("audit"), ANCHOR, after=msgspec.to_builtins(told))])
            connection.execute(audit_head_table.update().values(removed_to=told.removed_to))
            connection.execute(audit_numbers_table.delete().where(_N.last_row <= told.removed_to))
            return connection.execute(audit_table.delete().where(_A.seq <= told.removed_to)).rowcount

    def _read(self, chosen: sa.Select[Any]) -> list[AuditRow]:
        with reading(self._engine) as connection:
            return [_row(row) for row in connection.execute(chosen)]


def _locked_head(connection: sa.Connection) -> Head:
    """The end of the chain, which nobody else can move before this transaction ends: writing to its row comes first."""
    connection.execute(audit_head_table.update().values(id=_H.id))
    kept = connection.execute(sa.select(audit_head_table)).one()
    last = connection.execute(sa.select(_A.seq, _A.hash).order_by(_A.seq.desc()).limit(1)).one_or_none()
    if last is not None and last.seq > kept.seq:
        return Head(last.seq, last.hash)  # somebody has set the head back; the rows are there, so they are gone on with
    return Head(kept.seq, kept.hash)  # also when the last rows are gone: their numbers are not given out again


def _append(connection: sa.Connection, head: Head, deeds: Sequence[Deed]) -> Head:
    rows = []
    for deed in deeds:
        pseudonyms = [_pseudonym(connection, clean(number), head.seq + 1) for number in deed.numbers]
        row = next_row(head, deed, pseudonyms)
        head = Head(row.seq, row.hash)
        rows.append(msgspec.structs.asdict(row))
    connection.execute(audit_table.insert(), rows)
    connection.execute(audit_head_table.update().values(seq=head.seq, hash=head.hash))
    return head


def _pseudonym(connection: sa.Connection, number: str, row: int) -> str:
    """What stands for the number in the chain: its last digits, and a name by chance that only this table explains."""
    statement: Any = insert(connection.dialect.name, audit_numbers_table)
    statement = statement.values(number=number, pseudonym=secrets.token_hex(8), last_row=row)
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_={"last_row": row}))
    name = connection.execute(sa.select(_N.pseudonym).where(_N.number == number)).scalar_one()
    return f"{masked(number)} #{name}"


def _old(before: datetime) -> sa.ColumnElement[bool]:
    """Rows of the beginning that are older; one whose time is older, behind a younger one, stays with it."""
    kept = sa.select(sa.func.min(_A.seq)).where(_A.at >= before).scalar_subquery()
    return sa.or_(kept.is_(None), _A.seq < kept)


def _conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.who is not None:
        shown = sa.func.trim(_A.who_kind + " " + _A.who_name)
        found.append(sa.or_(shown == query.who, _A.who_name == query.who, _A.who_id == query.who))
    if query.what is not None:
        found.append(_A.what.contains(query.what, autoescape=True))
    if query.hostname is not None:
        found.append(_A.client_key == hostname_key(query.hostname))
    if query.outcome is not None:
        found.append(_A.outcome != OK if query.outcome == FAILED else _A.outcome == query.outcome)
    if query.begin is not None:
        found.append(_A.at >= query.begin)
    if query.end is not None:
        found.append(_A.at < query.end)
    return found


def _row(row: sa.Row[Any]) -> AuditRow:
    return AuditRow(**row._mapping)
