"""What every `UserStore` and `SessionStore` promises, the fakes included."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from microsip_manager.server.errors import LastAdmin, StoreFailed
from microsip_manager.server.identity.people_stores import KeptSession, KeptUser, SessionStore, UserStore
from microsip_manager.server.sql_people import SqlSessionStore, SqlUserStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.identity import Role
from tests.fakes.people_stores import MemorySessionStore, MemoryUserStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def user(name: str, role: Role = Role.ADMIN, **more: Any) -> KeptUser:
    return KeptUser(f"id of {name}", name, role, [], False, NOON, "$argon2id$…", **more)


def session(name: str, secret: bytes, minute: int = 0) -> KeptSession:
    at = NOON + timedelta(minutes=minute)
    return KeptSession(secret, f"id of {name}", at, at)


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[UserStore, SessionStore]]:
    if request.param == "memory":
        yield MemoryUserStore(), MemorySessionStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/people.db")) as opened:
        yield SqlUserStore(opened.engine), SqlSessionStore(opened.engine)


@pytest.fixture
def users(stores: tuple[UserStore, SessionStore]) -> UserStore:
    return stores[0]


@pytest.fixture
def sessions(stores: tuple[UserStore, SessionStore]) -> SessionStore:
    return stores[1]


def test_a_user_comes_back_whole(users: UserStore) -> None:
    anna = replace(user("Anna", Role.OPERATOR), groups=["Sales", "Отдел"], totp_secret="ABC", totp_step=7)

    assert users.add(anna)

    assert users.user("anna") == anna
    assert users.users() == [anna]


def test_there_is_nobody_before_the_first_one(users: UserStore) -> None:
    assert not users.any()
    assert users.user("anna") is None
    assert users.change("anna", lambda one: one) is None
    assert users.remove("anna") is None

    users.add(user("anna"))

    assert users.any()


def test_a_name_is_taken_in_any_spelling(users: UserStore) -> None:
    assert users.add(user("Анна"))
    assert not users.add(replace(user("АННА"), id="another"))
    assert users.add(user("boris"))

    assert [one.name for one in users.users()] == ["boris", "Анна"]


def test_only_one_is_the_first(users: UserStore) -> None:
    assert users.add(user("anna"), first=True)
    assert not users.add(user("boris"), first=True)

    assert [one.name for one in users.users()] == ["anna"]


def test_of_many_first_ones_at_once_one_is_the_first(users: UserStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(lambda name: users.add(user(name), first=True), [f"user {n}" for n in range(8)]))

    assert added.count(True) == 1
    assert len(users.users()) == 1


def test_the_last_administrator_who_can_sign_in_stays(users: UserStore) -> None:
    users.add(user("anna"))
    users.add(user("boris", Role.VIEWER))
    users.add(replace(user("clara"), disabled=True))

    for change in (lambda one: replace(one, disabled=True), lambda one: replace(one, role=Role.VIEWER)):
        with pytest.raises(LastAdmin):
            users.change("anna", change)
    with pytest.raises(LastAdmin):
        users.remove("anna")
    assert users.user("anna") == user("anna")

    users.change("clara", lambda one: replace(one, disabled=False))
    assert users.remove("anna") == user("anna")


def test_where_there_is_no_administrator_none_is_kept(users: UserStore) -> None:
    users.add(user("boris", Role.VIEWER))

    changed = users.change("boris", lambda one: replace(one, disabled=True))

    assert changed is not None
    assert changed.disabled


def test_two_administrators_who_demote_each_other_leave_one(users: UserStore) -> None:
    users.add(user("anna"))
    users.add(user("boris"))

    def demote(name: str) -> bool:
        try:
            users.change(name, lambda one: replace(one, role=Role.VIEWER))
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(demote, ["anna", "boris"])) == [False, True]


def test_no_change_is_lost_to_another_one(users: UserStore) -> None:
    users.add(user("anna"))

    def step_on(_: int) -> None:
        users.change("anna", lambda one: replace(one, totp_step=one.totp_step + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(step_on, range(20)))

    changed = users.user("anna")
    assert changed is not None
    assert changed.totp_step == 20


def test_a_change_that_fails_changes_nothing(users: UserStore) -> None:
    users.add(user("anna"))

    def fail(one: KeptUser) -> KeptUser:
        raise LookupError(one.name)

    with pytest.raises(LookupError):
        users.change("anna", fail)
    assert users.user("anna") == user("anna")


def test_a_step_is_taken_once_and_none_before_it_after(users: UserStore) -> None:
    users.add(user("anna"))

    assert users.take_step("id of anna", 100)
    assert not users.take_step("id of anna", 100)
    assert not users.take_step("id of anna", 99)
    assert users.take_step("id of anna", 101)
    assert not users.take_step("nobody", 101)


def test_sessions_come_back_by_user_the_oldest_first(sessions: SessionStore) -> None:
    sessions.add(session("anna", b"2", minute=2))
    sessions.add(session("anna", b"1", minute=1))
    sessions.add(session("boris", b"3"))

    assert sessions.of_user("id of anna") == [session("anna", b"1", minute=1), session("anna", b"2", minute=2)]
    assert len(sessions.sessions()) == 3


def test_a_use_is_noted_and_does_not_go_back(sessions: SessionStore) -> None:
    sessions.add(session("anna", b"1"))
    later = NOON + timedelta(hours=1)

    sessions.used({b"1": later, b"gone": later})
    sessions.used({b"1": NOON + timedelta(minutes=1)})

    assert [one.used_at for one in sessions.sessions()] == [later]


def test_removed_sessions_are_gone(sessions: SessionStore) -> None:
    for secret in (b"1", b"2", b"3"):
        sessions.add(session("anna", secret))

    sessions.remove([b"1", b"3", b"never there"])

    assert [one.digest for one in sessions.sessions()] == [b"2"]


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path}/people.db")) as opened:
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE users")
            connection.exec_driver_sql("DROP TABLE sessions")

        with pytest.raises(StoreFailed, match="users"):
            SqlUserStore(opened.engine).users()
        with pytest.raises(StoreFailed, match="sessions"):
            SqlSessionStore(opened.engine).sessions()
