"""Join tokens in a SQL database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.identity.agent_store import KeptJoinToken
from microsip_manager.server.sql_access import reading, writing
from microsip_manager.server.tables import join_tokens_table
from microsip_manager.wire.enrolment import JoinTokenState

_J = join_tokens_table.c


class SqlJoinTokenStore:
    """The real `JoinTokenStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def join_tokens(self) -> list[KeptJoinToken]:
        with reading(self._engine) as connection:
            chosen = connection.execute(sa.select(join_tokens_table).order_by(_J.created_at, _J.id))
            return [_kept(row) for row in chosen]

    def add(self, token: KeptJoinToken) -> None:
        about = token.about
        with writing(self._engine) as connection:
            connection.execute(
                join_tokens_table.insert().values(
                    id=about.id,
                    digest=token.digest,
                    name=about.name,
                    uses=about.uses,
                    used=about.used,
                    created_at=about.created_at,
                    created_by=about.created_by,
                    expires_at=about.expires_at,
                )
            )

    def remove(self, id: str) -> KeptJoinToken | None:
        with writing(self._engine) as connection:
            row = connection.execute(join_tokens_table.delete().where(_J.id == id).returning(*_J)).one_or_none()
            return _kept(row) if row is not None else None


def take_use(connection: sa.Connection, digest: bytes, now: datetime) -> str | None:
    """The name of the token, one use of which is taken when the transaction is committed; None: it lets nobody in.

    One statement looks and takes, so of two agents with the last use the database lets one in.
    """
    good = (_J.digest == digest) & (_J.used < _J.uses) & (_J.expires_at > now)
    taken = join_tokens_table.update().where(good).values(used=_J.used + 1).returning(_J.name)
    name: str | None = connection.execute(taken).scalar_one_or_none()
    return name


def _kept(row: sa.Row[tuple[object, ...]]) -> KeptJoinToken:
    about = JoinTokenState(row.id, row.name, row.uses, row.used, row.created_at, row.created_by, row.expires_at)
    return KeptJoinToken(about, row.digest)
