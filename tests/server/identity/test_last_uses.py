"""When tokens were used last is written each minute, not with each request."""

from __future__ import annotations

import asyncio

import pytest

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services
from tests.fakes.token_store import MemoryTokenStore
from tests.server.conftest import caller_of


class StubbornTokenStore(MemoryTokenStore):
    """Fails while told to."""

    failing = False
    writes = 0

    def used(self, uses: object) -> None:
        if self.failing:
            raise StoreFailed("disk full")
        self.writes += 1
        super().used(uses)  # type: ignore[arg-type] # it is what came


@pytest.fixture
def store() -> StubbornTokenStore:
    return StubbornTokenStore()


@pytest.fixture
def served(clock: HandClock, store: StubbornTokenStore) -> Services:
    return fake_services(clock=clock, token_store=store)


def use_a_token(services: Services, times: int = 1) -> None:
    api = caller_of(services)
    token = api.post("/api/tokens", json={"name": "wall", "role": "viewer"}).json()["token"]
    for _ in range(times):
        assert api.get("/api/clients", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_many_uses_are_one_write(served: Services, store: StubbornTokenStore, clock: HandClock) -> None:
    use_a_token(served, times=10)
    assert store.writes == 0

    asyncio.run(served.people.last_uses.write())
    asyncio.run(served.people.last_uses.write())

    assert store.writes == 1
    assert [one.about.last_used_at for one in store.tokens()] == [clock.now()]
    assert served.credentials.used == {}


def test_what_could_not_be_written_is_written_later(
    served: Services, store: StubbornTokenStore, clock: HandClock
) -> None:
    use_a_token(served)
    at = clock.now()
    store.failing = True
    asyncio.run(served.people.last_uses.write())
    clock.forward(60)

    store.failing = False
    asyncio.run(served.people.last_uses.write())

    assert [one.about.last_used_at for one in store.tokens()] == [at]


def test_the_last_uses_are_written_at_the_end_too(served: Services, store: StubbornTokenStore) -> None:
    use_a_token(served)

    async def stop_at_once(seconds: float) -> bool:
        return True

    asyncio.run(served.people.last_uses.keep(stop_at_once))

    assert store.writes == 1


def test_a_revoked_token_leaves_no_use_behind(served: Services) -> None:
    api = caller_of(served)
    admin = {"Authorization": f"Bearer {api.post('/api/tokens', json={'name': 'a', 'role': 'admin'}).json()['token']}"}
    made = api.post("/api/tokens", json={"name": "wall", "role": "viewer"}, headers=admin).json()
    api.get("/api/clients", headers={"Authorization": f"Bearer {made['token']}"})

    api.delete(f"/api/tokens/{made['about']['id']}", headers=admin)

    assert len(served.credentials.used) == 1
