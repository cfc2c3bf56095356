"""Agents, and those that ask to be let in, in a SQL database."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.identity.agent_names import names
from microsip_manager.server.identity.agent_store import KeptAgent, Newcomer, Waiting
from microsip_manager.server.sql_access import insert, reading, writing
from microsip_manager.server.sql_join_token_store import take_use
from microsip_manager.server.tables import agent_requests_table, agents_table
from microsip_manager.wire.enrolment import Agent, PendingAgent
from microsip_manager.wire.names import hostname_key

_A, _R = agents_table.c, agent_requests_table.c


class SqlAgentStore:
    """The real `AgentStore`, in a database whose tables are up to date (`SqlStore` sees to that).

    What writes begins with the statement that writes: SQLite then waits for another server instead of giving up.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def agents(self) -> list[KeptAgent]:
        with reading(self._engine) as connection:
            return [_agent(row) for row in connection.execute(sa.select(agents_table).order_by(_A.name_key))]

    def known(self, digest: bytes) -> KeptAgent | Waiting | None:
        with reading(self._engine) as connection:
            agent = _by_key(connection, digest)
            if agent is not None:
                return agent
            row = connection.execute(sa.select(agent_requests_table).where(_R.digest == digest)).one_or_none()
            return _waiting(row) if row is not None else None

    def enrol(self, newcomer: Newcomer, join_digest: bytes, now: datetime) -> KeptAgent | None:
        with writing(self._engine) as connection:
            by = take_use(connection, join_digest, now)
            known = _by_key(connection, newcomer.digest)
            if known is not None:
                connection.rollback()
                return known
            if by is None:
                return None
            connection.execute(agent_requests_table.delete().where(_R.digest == newcomer.digest))
            return _add(connection, newcomer, f"join token {by}", now)

    def remove(self, id: str) -> KeptAgent | None:
        with writing(self._engine) as connection:
            row = connection.execute(agents_table.delete().where(_A.id == id).returning(*_A)).one_or_none()
            return _agent(row) if row is not None else None

    def offer_key(self, id: str, digest: bytes) -> KeptAgent | None:
        with writing(self._engine) as connection:
            offered = agents_table.update().where(_A.id == id).values(next_digest=digest).returning(*_A)
            row = connection.execute(offered).one_or_none()
            return _agent(row) if row is not None else None

    def settle_key(self, digest: bytes, now: datetime) -> KeptAgent | None:
        settled = {"digest": digest, "next_digest": None, "key_since": now}
        with writing(self._engine) as connection:
            change = agents_table.update().where(_A.next_digest == digest).values(settled).returning(*_A)
            row = connection.execute(change).one_or_none()
            return _agent(row) if row is not None else None

    def ask(self, waiting: Waiting, now: datetime, most: int, most_of_address: int) -> bool:
        about = waiting.about
        with writing(self._engine) as connection:
            connection.execute(agent_requests_table.delete().where(_R.expires_at <= now))
            if _count(connection) >= most or _count(connection, about.address) >= most_of_address:
                return False
            new = insert(self._engine.dialect.name, agent_requests_table).values(_request_row(waiting))
            # The same agent may have asked a moment ago, through another connection.
            connection.execute(new.on_conflict_do_nothing(index_elements=["digest"]))
            return True

    def pending(self, now: datetime) -> list[PendingAgent]:
        chosen = sa.select(agent_requests_table).where(~_R.refused, _R.expires_at > now)
        with reading(self._engine) as connection:
            return [_waiting(row).about for row in connection.execute(chosen.order_by(_R.asked_at, _R.id))]

    def approve(self, id: str, by: str, now: datetime) -> KeptAgent | None:
        waits = (_R.id == id) & ~_R.refused & (_R.expires_at > now)
        with writing(self._engine) as connection:
            row = connection.execute(agent_requests_table.delete().where(waits).returning(*_R)).one_or_none()
            if row is None:
                return None
            known = _by_key(connection, row.digest)
            newcomer = Newcomer(row.digest, row.hostname, row.session_user, row.address)
            return known or _add(connection, newcomer, by, now)

    def refuse(self, id: str, until: datetime) -> PendingAgent | None:
        change = agent_requests_table.update().where(_R.id == id, ~_R.refused).values(refused=True, expires_at=until)
        with writing(self._engine) as connection:
            row = connection.execute(change.returning(*_R)).one_or_none()
            return _waiting(row).about if row is not None else None


def _add(connection: sa.Connection, newcomer: Newcomer, by: str, now: datetime) -> KeptAgent:
    """Under the first name that is free; two servers cannot give the same one."""
    for name in names(newcomer.hostname, newcomer.session_user):
        new = insert(connection.dialect.name, agents_table).values(
            id=uuid.uuid4().hex,
            name=name,
            name_key=hostname_key(name),
            hostname=newcomer.hostname,
            session_user=newcomer.session_user,
            address=newcomer.address,
            digest=newcomer.digest,
            next_digest=None,
            enrolled_at=now,
            enrolled_by=by,
            key_since=now,
        )
        row = connection.execute(new.on_conflict_do_nothing(index_elements=["name_key"]).returning(*_A)).one_or_none()
        if row is not None:
            return _agent(row)
    raise StoreFailed(f"there are too many agents called {newcomer.hostname}")


def _by_key(connection: sa.Connection, digest: bytes) -> KeptAgent | None:
    chosen = sa.select(agents_table).where((_A.digest == digest) | (_A.next_digest == digest))
    row = connection.execute(chosen).one_or_none()
    return _agent(row) if row is not None else None


def _count(connection: sa.Connection, address: str | None = None) -> int:
    counted = sa.select(sa.func.count()).select_from(agent_requests_table)
    if address is not None:
        counted = counted.where(_R.address == address)
    return connection.execute(counted).scalar_one()


def _request_row(waiting: Waiting) -> dict[str, object]:
    about = waiting.about
    return {
        "id": about.id,
        "digest": waiting.digest,
        "code": about.code,
        "hostname": about.hostname,
        "session_user": about.session_user,
        "address": about.address,
        "asked_at": about.asked_at,
        "expires_at": about.expires_at,
        "refused": waiting.refused,
    }


def _waiting(row: sa.Row[tuple[object, ...]]) -> Waiting:
    about = PendingAgent(row.id, row.code, row.hostname, row.session_user, row.address, row.asked_at, row.expires_at)
    return Waiting(about, row.digest, row.refused)


def _agent(row: sa.Row[tuple[object, ...]]) -> KeptAgent:
    about = Agent(
        row.id, row.name, row.hostname, row.session_user, row.address, row.enrolled_at, row.enrolled_by, row.key_since
    )
    return KeptAgent(about, row.digest, row.next_digest)
