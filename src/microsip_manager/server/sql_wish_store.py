"""Wishes for DND in a SQL database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from microsip_manager.server.boundaries import WISHES_KEPT
from microsip_manager.server.sql_access import reading, upsert, writing
from microsip_manager.server.tables import dnd_wishes_table
from microsip_manager.server.wish import Wish
from microsip_manager.wire.desired import WishEnd, WishState
from microsip_manager.wire.names import hostname_key

_C = dnd_wishes_table.c
_LIVING = _C.ended_at.is_(None)


class SqlWishStore:
    """The real `WishStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._upsert = upsert(engine.dialect.name, dnd_wishes_table, "id")

    def current(self) -> list[Wish]:
        return self._read(sa.select(dnd_wishes_table).where(_LIVING))

    def write(self, *wishes: Wish) -> None:
        # The index allows a client one living wish: the old one has to end before the new one lives.
        ended_first = sorted(wishes, key=lambda wish: wish.ended_at is None)
        with writing(self._engine) as connection:
            for wish in ended_first:
                connection.execute(self._upsert, _row(wish))
                if wish.ended_at is not None:
                    connection.execute(_surplus(hostname_key(wish.hostname)))

    def ended(self, hostname: str) -> list[Wish]:
        return self._read(_ended(hostname_key(hostname), dnd_wishes_table))

    def _read(self, chosen: sa.Select[Any]) -> list[Wish]:
        with reading(self._engine) as connection:
            rows: Sequence[sa.Row[Any]] = connection.execute(chosen).all()
        return [_wish(row) for row in rows]


def _ended(client_key: str, *what: Any) -> sa.Select[Any]:
    newest = sa.select(*what).where(_C.client_key == client_key, ~_LIVING)
    return newest.order_by(_C.ended_at.desc(), _C.asked_at.desc(), _C.id)


def _surplus(client_key: str) -> sa.Delete:
    kept = _ended(client_key, _C.id).limit(WISHES_KEPT)
    return dnd_wishes_table.delete().where(_C.client_key == client_key, ~_LIVING, _C.id.not_in(kept))


def _row(wish: Wish) -> dict[str, object]:
    return {
        "id": wish.id,
        "client_key": hostname_key(wish.hostname),
        "hostname": wish.hostname,
        "enabled": wish.enabled,
        "reason": wish.reason,
        "enforce": wish.enforce,
        "lasts": int(wish.lasts.total_seconds()) if wish.lasts is not None else None,
        "until": wish.until,
        "queued_until": wish.queued_until,
        "asked_at": wish.asked_at,
        "state": wish.state.value,
        "back_to": wish.back_to,
        "touched": wish.touched,
        "cause": wish.cause.value if wish.cause is not None else None,
        "ended_at": wish.ended_at,
        "detail": wish.detail,
    }


def _wish(row: sa.Row[Any]) -> Wish:
    return Wish(
        id=row.id,
        hostname=row.hostname,
        enabled=row.enabled,
        reason=row.reason,
        enforce=row.enforce,
        lasts=timedelta(seconds=row.lasts) if row.lasts is not None else None,
        until=row.until,
        queued_until=row.queued_until,
        asked_at=row.asked_at,
        state=WishState(row.state),
        back_to=row.back_to,
        touched=row.touched,
        cause=WishEnd(row.cause) if row.cause is not None else None,
        ended_at=row.ended_at,
        detail=row.detail,
    )
