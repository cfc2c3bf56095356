"""What every `TokenStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microsip_manager.server.identity.api_tokens import KeptToken, TokenStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_token_store import SqlTokenStore
from microsip_manager.wire.identity import Role, Token
from tests.fakes.token_store import MemoryTokenStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def token(id: str, minute: int = 0) -> KeptToken:
    at = NOON + timedelta(minutes=minute)
    return KeptToken(Token(id, "nightly", Role.OPERATOR, ["Sales"], at, "user anna"), id.encode())


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TokenStore]:
    if request.param == "memory":
        yield MemoryTokenStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/tokens.db")) as opened:
        yield SqlTokenStore(opened.engine)


def test_tokens_come_back_the_oldest_first(store: TokenStore) -> None:
    store.add(token("b", minute=1))
    store.add(token("a", minute=2))

    assert store.tokens() == [token("b", minute=1), token("a", minute=2)]


def test_a_removed_token_is_gone(store: TokenStore) -> None:
    store.add(token("a"))

    assert store.remove("a") == token("a")
    assert store.remove("a") is None
    assert store.tokens() == []


def test_a_use_is_noted_and_does_not_go_back(store: TokenStore) -> None:
    store.add(token("a"))
    store.add(token("b"))
    later = NOON + timedelta(hours=1)

    store.used({b"a": later, b"gone": later})
    store.used({b"a": NOON})

    assert [one.about.last_used_at for one in store.tokens()] == [later, None]
