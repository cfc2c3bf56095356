"""The tokens of programs in a SQL database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.identity.api_tokens import KeptToken
from microsip_manager.server.sql_access import reading, writing
from microsip_manager.server.tables import tokens_table
from microsip_manager.wire.identity import Role, Token

_T = tokens_table.c


class SqlTokenStore:
    """The real `TokenStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def tokens(self) -> list[KeptToken]:
        with reading(self._engine) as connection:
            chosen = connection.execute(sa.select(tokens_table).order_by(_T.created_at, _T.id))
            return [_kept(row) for row in chosen]

    def add(self, token: KeptToken) -> None:
        about = token.about
        with writing(self._engine) as connection:
            connection.execute(
                tokens_table.insert().values(
                    id=about.id,
                    digest=token.digest,
                    name=about.name,
                    role=about.role.value,
                    groups=about.groups,
                    created_at=about.created_at,
                    created_by=about.created_by,
                    expires_at=about.expires_at,
                    last_used_at=about.last_used_at,
                )
            )

    def remove(self, id: str) -> KeptToken | None:
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(tokens_table).where(_T.id == id)).one_or_none()
            connection.execute(tokens_table.delete().where(_T.id == id))
            return _kept(row) if row is not None else None

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        with writing(self._engine) as connection:
            for digest, at in uses.items():
                earlier = sa.or_(_T.last_used_at.is_(None), _T.last_used_at < at)
                connection.execute(tokens_table.update().where(_T.digest == digest, earlier).values(last_used_at=at))


def _kept(row: sa.Row[tuple[object, ...]]) -> KeptToken:
    about = Token(
        row.id,
        row.name,
        Role(row.role),
        row.groups,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.last_used_at,
    )
    return KeptToken(about, row.digest)
