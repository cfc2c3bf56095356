"""Users and their sessions in a SQL database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.identity.people_stores import Change, KeptSession, KeptUser, check_admins
from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.tables import sessions_table, users_table
from microsip_manager.wire.identity import Role

_U, _S = users_table.c, sessions_table.c


class SqlUserStore:
    """The real `UserStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def users(self) -> list[KeptUser]:
        with reading(self._engine) as connection:
            return [_user(row) for row in connection.execute(sa.select(users_table).order_by(_U.key))]

    def user(self, key: str) -> KeptUser | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(users_table).where(_U.key == key)).one_or_none()
            return _user(row) if row is not None else None

    def any(self) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(sa.select(_U.key).limit(1)).first() is not None

    def add(self, user: KeptUser, *, first: bool = False) -> bool:
        with writing(self._engine) as connection:
            if first and connection.execute(sa.select(_U.key).limit(1)).first() is not None:
                return False
            new = insert(self._engine.dialect.name, users_table).values(**_row(user), first=first or None)
            return connection.execute(new.on_conflict_do_nothing()).rowcount == 1

    def change(self, key: str, change: Change) -> KeptUser | None:
        with writing(self._engine) as connection:
            users = _locked(connection)
            if key not in users:
                return None
            after = change(users[key])
            check_admins(users, {**users, key: after})
            connection.execute(users_table.update().where(_U.key == key).values(**_row(after)))
            return after

    def remove(self, key: str) -> KeptUser | None:
        with writing(self._engine) as connection:
            users = _locked(connection)
            if key not in users:
                return None
            check_admins(users, {other: user for other, user in users.items() if other != key})
            connection.execute(users_table.delete().where(_U.key == key))
            return users[key]

    def take_step(self, id: str, step: int) -> bool:
        with writing(self._engine) as connection:
            later = users_table.update().where(_U.id == id, _U.totp_step < step).values(totp_step=step)
            return connection.execute(later).rowcount == 1


class SqlSessionStore:
    """The real `SessionStore`, in the same database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def sessions(self) -> list[KeptSession]:
        with reading(self._engine) as connection:
            return [_session(row) for row in connection.execute(sa.select(sessions_table))]

    def of_user(self, user_id: str) -> list[KeptSession]:
        chosen = sa.select(sessions_table).where(_S.user_id == user_id).order_by(_S.begun_at, _S.digest)
        with reading(self._engine) as connection:
            return [_session(row) for row in connection.execute(chosen)]

    def add(self, session: KeptSession) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                sessions_table.insert().values(
                    digest=session.digest,
                    user_id=session.user_id,
                    begun_at=session.begun_at,
                    used_at=session.used_at,
                )
            )

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        with writing(self._engine) as connection:
            for digest, at in uses.items():
                known = sessions_table.update().where(_S.digest == digest, _S.used_at < at)
                connection.execute(known.values(used_at=at))

    def remove(self, digests: Iterable[bytes]) -> None:
        with writing(self._engine) as connection:
            for digest in digests:
                connection.execute(sessions_table.delete().where(_S.digest == digest))


def _locked(connection: sa.Connection) -> dict[str, KeptUser]:
    """All users, by key, which nobody else changes until the transaction ends: together they keep an administrator."""
    # SQLite knows no locked rows; its whole database is locked by the first write, and this one changes nothing.
    connection.execute(users_table.update().where(sa.false()).values(disabled=True))
    chosen = sa.select(users_table).order_by(_U.key).with_for_update()
    return {row.key: _user(row) for row in connection.execute(chosen)}


def _row(user: KeptUser) -> dict[str, object]:
    return {
        "key": user.key,
        "id": user.id,
        "name": user.name,
        "role": user.role.value,
        "groups": user.groups,
        "disabled": user.disabled,
        "created_at": user.created_at,
        "password": user.password,
        "totp_secret": user.totp_secret,
        "totp_confirmed": user.totp_confirmed,
        "totp_step": user.totp_step,
    }


def _user(row: sa.Row[tuple[object, ...]]) -> KeptUser:
    return KeptUser(
        row.id,
        row.name,
        Role(row.role),
        row.groups,
        row.disabled,
        row.created_at,
        row.password,
        row.totp_secret,
        row.totp_confirmed,
        row.totp_step,
    )


def _session(row: sa.Row[tuple[object, ...]]) -> KeptSession:
    return KeptSession(row.digest, row.user_id, row.begun_at, row.used_at)
