"""What every `AgentStore` promises, the fake included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.identity.agent_store import (
    AgentStore,
    JoinTokenStore,
    KeptAgent,
    KeptJoinToken,
    Newcomer,
    Waiting,
)
from microsip_manager.server.sql_agent_store import SqlAgentStore
from microsip_manager.server.sql_join_token_store import SqlJoinTokenStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.wire.enrolment import JoinTokenState, PendingAgent
from tests.fakes.agent_store import MemoryAgentStore, MemoryJoinTokenStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TOKEN = b"digest of a join token"


@dataclass
class Stores:
    agents: AgentStore
    tokens: JoinTokenStore

    def make_token(self, uses: int = 1, digest: bytes = TOKEN, id: str = "t") -> None:
        about = JoinTokenState(id, "roll-out", uses, 0, NOW, "user anna", NOW + timedelta(hours=24))
        self.tokens.add(KeptJoinToken(about, digest))

    def name_of(self, newcomer: Newcomer) -> str:
        kept = self.agents.enrol(newcomer, TOKEN, NOW)
        assert kept is not None
        return kept.about.name


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        tokens = MemoryJoinTokenStore()
        yield Stores(MemoryAgentStore(tokens), tokens)
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/agents.db")) as opened:
        yield Stores(SqlAgentStore(opened.engine), SqlJoinTokenStore(opened.engine))


def newcomer(key: str, hostname: str = "NIKITA", user: str = "") -> Newcomer:
    return Newcomer(key.encode(), hostname, user, "192.0.2.17")


def waiting(key: str, *, address: str = "192.0.2.17", until: datetime = LATER) -> Waiting:
    return Waiting(PendingAgent(f"id of {key}", f"code {key}", key, "", address, NOW, until), key.encode())


def test_a_join_token_comes_back_as_it_was_and_is_removed_once(stores: Stores) -> None:
    stores.make_token(uses=3)

    [kept] = stores.tokens.join_tokens()

    assert (kept.digest, kept.about.name, kept.about.uses, kept.about.used) == (TOKEN, "roll-out", 3, 0)
    assert stores.tokens.remove("t") == kept
    assert stores.tokens.remove("t") is None
    assert stores.tokens.join_tokens() == []


def test_each_agent_takes_one_use_and_the_last_one_is_the_last(stores: Stores) -> None:
    stores.make_token(uses=2)

    assert stores.name_of(newcomer("a", "NIKITA")) == "NIKITA"
    assert stores.name_of(newcomer("b", "OLGA")) == "OLGA"
    assert stores.agents.enrol(newcomer("c", "PAVEL"), TOKEN, NOW) is None

    assert [kept.about.name for kept in stores.agents.agents()] == ["NIKITA", "OLGA"]
    assert stores.tokens.join_tokens()[0].about.used == 2


def test_an_expired_an_unknown_and_a_revoked_token_let_nobody_in(stores: Stores) -> None:
    stores.make_token()

    assert stores.agents.enrol(newcomer("a"), TOKEN, NOW + timedelta(hours=24)) is None
    assert stores.agents.enrol(newcomer("a"), b"guessed", NOW) is None
    stores.tokens.remove("t")
    assert stores.agents.enrol(newcomer("a"), TOKEN, NOW) is None


def test_whoever_repeats_it_is_the_same_agent_and_takes_no_use(stores: Stores) -> None:
    stores.make_token(uses=2)
    first = stores.agents.enrol(newcomer("a"), TOKEN, NOW)

    assert stores.agents.enrol(newcomer("a"), TOKEN, LATER) == first
    assert stores.tokens.join_tokens()[0].about.used == 1
    stores.tokens.remove("t")
    assert stores.agents.enrol(newcomer("a"), TOKEN, LATER) == first


def test_who_is_enrolled_keeps_its_name_whoever_comes_with_it(stores: Stores) -> None:
    stores.make_token(uses=5)

    assert stores.name_of(newcomer("a", "NIKITA", "nikita")) == "NIKITA"
    assert stores.name_of(newcomer("b", "nikita")) == "nikita~2"
    assert stores.name_of(newcomer("c", "NIKITA", "OFFICE\\olga")) == "NIKITA~olga"
    assert stores.name_of(newcomer("d", "NIKITA", "olga")) == "NIKITA~3"


def test_the_name_of_a_removed_agent_is_free(stores: Stores) -> None:
    stores.make_token(uses=2)
    kept = stores.agents.enrol(newcomer("a"), TOKEN, NOW)
    assert kept is not None

    assert stores.agents.remove(kept.about.id) == kept
    assert stores.agents.remove(kept.about.id) is None
    assert stores.agents.known(b"a") is None
    assert stores.name_of(newcomer("b")) == "NIKITA"


def test_a_new_key_stands_beside_the_old_one_until_it_was_used(stores: Stores) -> None:
    stores.make_token()
    kept = stores.agents.enrol(newcomer("old"), TOKEN, NOW)
    assert kept is not None

    offered = stores.agents.offer_key(kept.about.id, b"new")

    assert offered == KeptAgent(kept.about, b"old", b"new")
    assert stores.agents.known(b"old") == stores.agents.known(b"new") == offered
    settled = stores.agents.settle_key(b"new", LATER)
    assert settled is not None
    assert (settled.digest, settled.next_digest, settled.about.key_since) == (b"new", None, LATER)
    assert stores.agents.known(b"old") is None
    assert stores.agents.settle_key(b"new", LATER) is None
    assert stores.agents.offer_key("nobody", b"other") is None


def test_who_asks_waits_until_somebody_says_yes(stores: Stores) -> None:
    assert stores.agents.ask(waiting("NIKITA"), NOW, 10, 10)
    assert stores.agents.ask(waiting("NIKITA"), NOW, 10, 10)
    assert [one.hostname for one in stores.agents.pending(NOW)] == ["NIKITA"]

    kept = stores.agents.approve("id of NIKITA", "user anna", NOW)

    assert kept is not None
    assert (kept.about.name, kept.about.enrolled_by, kept.digest) == ("NIKITA", "user anna", b"NIKITA")
    assert stores.agents.known(b"NIKITA") == kept
    assert stores.agents.pending(NOW) == []
    assert stores.agents.approve("id of NIKITA", "user anna", NOW) is None


def test_who_is_refused_is_remembered_as_refused(stores: Stores) -> None:
    stores.agents.ask(waiting("NIKITA"), NOW, 10, 10)

    refused = stores.agents.refuse("id of NIKITA", NOW + timedelta(hours=24))

    assert refused is not None
    assert refused.hostname == "NIKITA"
    assert stores.agents.pending(NOW) == []
    known = stores.agents.known(b"NIKITA")
    assert isinstance(known, Waiting)
    assert known.refused
    assert stores.agents.approve("id of NIKITA", "user anna", NOW) is None
    assert stores.agents.refuse("id of NIKITA", LATER) is None


def test_who_waits_too_long_has_waited_in_vain_and_makes_room(stores: Stores) -> None:
    stores.agents.ask(waiting("NIKITA"), NOW, 1, 10)
    assert not stores.agents.ask(waiting("OLGA", until=LATER + timedelta(hours=1)), NOW, 1, 10)

    assert stores.agents.pending(LATER) == []
    assert stores.agents.approve("id of NIKITA", "user anna", LATER) is None
    assert stores.agents.ask(waiting("OLGA", until=LATER + timedelta(hours=1)), LATER, 1, 10)
    assert [one.hostname for one in stores.agents.pending(LATER)] == ["OLGA"]


def test_one_address_has_few_places(stores: Stores) -> None:
    assert stores.agents.ask(waiting("NIKITA"), NOW, 10, 1)
    assert not stores.agents.ask(waiting("OLGA"), NOW, 10, 1)
    assert stores.agents.ask(waiting("OLGA", address="192.0.2.18"), NOW, 10, 1)


def test_who_waits_and_then_finds_a_join_token_waits_no_more(stores: Stores) -> None:
    stores.make_token()
    stores.agents.ask(waiting("NIKITA"), NOW, 10, 10)

    assert stores.name_of(newcomer("NIKITA")) == "NIKITA"

    assert stores.agents.pending(NOW) == []


def test_of_many_with_the_last_uses_at_two_servers_so_many_win_and_all_have_names_of_their_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/agents.db"
    with closing(SqlStore(url)) as one, closing(SqlStore(url)) as other:
        Stores(SqlAgentStore(one.engine), SqlJoinTokenStore(one.engine)).make_token(uses=5)
        stores = [SqlAgentStore(opened.engine) for opened in (one, other)]
        together = threading.Barrier(12)

        def come(number: int) -> KeptAgent | None:
            together.wait()
            return stores[number % 2].enrol(newcomer(f"key {number}"), TOKEN, NOW)

        with ThreadPoolExecutor(12) as pool:
            won = [kept.about.name for kept in pool.map(come, range(12)) if kept is not None]

        assert sorted(won) == ["NIKITA", "NIKITA~2", "NIKITA~3", "NIKITA~4", "NIKITA~5"]
        assert {kept.about.name for kept in stores[0].agents()} == set(won)


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path}/agents.db")) as opened:
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE agents")

        with pytest.raises(StoreFailed, match="agents"):
            SqlAgentStore(opened.engine).agents()
