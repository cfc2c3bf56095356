"""Changes of status, one by one, from a SQL database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.change_place import ChangePlace
from microsip_manager.server.sql_access import reading
from microsip_manager.server.tables import transitions_table
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.phone import PhoneStatus

_T = transitions_table.c


class SqlTransitions:
    """The real `Transitions`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def page(
        self, client_key: str, begin: datetime | None, end: datetime | None, after: ChangePlace | None, most: int
    ) -> list[StatusChange]:
        chosen = sa.select(_T.id, _T.before, _T.after, _T.at).where(_T.client_key == client_key)
        if begin is not None:
            chosen = chosen.where(_T.at >= begin)
        if end is not None:
            chosen = chosen.where(_T.at < end)
        if after is not None:
            at = sa.literal(after.at, _T.at.type)
            chosen = chosen.where(sa.tuple_(_T.at, _T.id) < sa.tuple_(at, sa.literal(after.id, sa.BigInteger)))
        chosen = chosen.order_by(_T.at.desc(), _T.id.desc()).limit(most)
        with reading(self._engine) as connection:
            rows = connection.execute(chosen).all()
        return [
            StatusChange(row.id, PhoneStatus(row.before) if row.before else None, PhoneStatus(row.after), row.at)
            for row in rows
        ]
