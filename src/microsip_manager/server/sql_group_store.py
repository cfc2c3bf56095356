"""Groups and labels in a SQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.tables import groups_table, labels_table, members_table
from microsip_manager.wire.groups import Group, GroupSize
from microsip_manager.wire.names import hostname_key

_G, _M, _L = groups_table.c, members_table.c, labels_table.c


class SqlGroupStore:
    """The real `GroupStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def groups(self) -> list[GroupSize]:
        counted = (
            sa.select(_G.name, sa.func.count(_M.client_key).label("size"))
            .select_from(groups_table.outerjoin(members_table, _M.group_key == _G.key))
            .group_by(_G.key, _G.name)
            .order_by(_G.key)
        )
        with reading(self._engine) as connection:
            return [GroupSize(row.name, row.size) for row in connection.execute(counted)]

    def groups_with_members(self) -> list[Group]:
        joined = groups_table.outerjoin(members_table, _M.group_key == _G.key)
        chosen = sa.select(_G.name, _M.hostname).select_from(joined).order_by(_G.key, _M.client_key)
        found: dict[str, list[str]] = {}
        with reading(self._engine) as connection:
            for name, hostname in connection.execute(chosen):
                members = found.setdefault(name, [])
                if hostname is not None:  # a group without members has one row too
                    members.append(hostname)
        return [Group(name, members) for name, members in found.items()]

    def group(self, name: str) -> Group | None:
        with reading(self._engine) as connection:
            return _read(connection, name)

    def put(self, group: Group) -> None:
        key = hostname_key(group.name)
        with writing(self._engine) as connection:
            connection.execute(self._upsert(groups_table, "name"), {"key": key, "name": group.name})
            connection.execute(members_table.delete().where(_M.group_key == key))
            self._join(connection, key, group.members)

    def change(self, name: str, add: Sequence[str], remove: Sequence[str]) -> Group | None:
        key = hostname_key(name)
        leaving = [hostname_key(hostname) for hostname in remove]
        with writing(self._engine) as connection:
            if _read(connection, name) is None:
                return None
            self._join(connection, key, add)
            connection.execute(members_table.delete().where(_M.group_key == key, _M.client_key.in_(leaving)))
            return _read(connection, name)

    def remove(self, name: str) -> Group | None:
        key = hostname_key(name)
        with writing(self._engine) as connection:
            found = _read(connection, name)
            connection.execute(members_table.delete().where(_M.group_key == key))
            connection.execute(groups_table.delete().where(_G.key == key))
            return found

    def labels(self, hostname: str) -> dict[str, str]:
        with reading(self._engine) as connection:
            return _labels_of(connection, hostname)

    def change_labels(self, hostname: str, changes: Mapping[str, str | None]) -> dict[str, str]:
        key = hostname_key(hostname)
        given = [
            {"client_key": key, "name": name, "value": value} for name, value in changes.items() if value is not None
        ]
        taken = [name for name, value in changes.items() if value is None]
        with writing(self._engine) as connection:
            if given:
                connection.execute(self._upsert(labels_table, "value"), given)
            connection.execute(labels_table.delete().where(_L.client_key == key, _L.name.in_(taken)))
            return _labels_of(connection, hostname)

    def labelled(self, name: str, value: str | None) -> set[str]:
        chosen = sa.select(_L.client_key).where(_L.name == name)
        if value is not None:
            chosen = chosen.where(_L.value == value)
        with reading(self._engine) as connection:
            return set(connection.execute(chosen).scalars())

    def _join(self, connection: sa.Connection, key: str, hostnames: Sequence[str]) -> None:
        # Of several spellings of one PC the last one is kept, as it is when they come one after the other.
        rows = {
            hostname_key(hostname): {"group_key": key, "client_key": hostname_key(hostname), "hostname": hostname}
            for hostname in hostnames
        }
        if rows:
            connection.execute(self._upsert(members_table, "hostname"), list(rows.values()))

    def _upsert(self, table: sa.Table, changing: str) -> sa.Insert:
        statement: Any = insert(self._engine.dialect.name, table)
        upsert: sa.Insert = statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key], set_={changing: statement.excluded[changing]}
        )
        return upsert


def _read(connection: sa.Connection, name: str) -> Group | None:
    key = hostname_key(name)
    spelling = connection.execute(sa.select(_G.name).where(_G.key == key)).scalar_one_or_none()
    if spelling is None:
        return None
    members = sa.select(_M.hostname).where(_M.group_key == key).order_by(_M.client_key)
    return Group(spelling, list(connection.execute(members).scalars()))


def _labels_of(connection: sa.Connection, hostname: str) -> dict[str, str]:
    chosen = sa.select(_L.name, _L.value).where(_L.client_key == hostname_key(hostname)).order_by(_L.name)
    return {row.name: row.value for row in connection.execute(chosen)}
