"""One server with a clock moved by hand, a store in memory and agents that exist only here.

The cast: NIKITA (extension 485) is at the desk, OLGA is on DND, PAVEL goes silent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from fastapi import routing
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from starlette.testclient import TestClient

from microsip_manager.server.app import create_app
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.caller import ADDRESS, CALLER, OPEN
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.services import Services
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.heartbeat import Heartbeat
from tests.fakes.agent_link import FakeAgents
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.group_store import MemoryGroupStore
from tests.fakes.history import MemoryHistory
from tests.fakes.receivers import FakeReceivers
from tests.fakes.schedule_store import MemoryScheduleStore
from tests.fakes.services import fake_services
from tests.fakes.transitions import MemoryTransitions
from tests.fakes.webhook_store import MemoryWebhookStore
from tests.fakes.wish_store import MemoryWishStore

PATIENCE = 21.0


def beat_of(hostname: str, *, dnd: bool = False, extension: str = "485", running: bool = True) -> Heartbeat:
    return Heartbeat(hostname, extension, int(dnd), running=running)


@pytest.fixture(scope="session", autouse=True)
def signatures_read_once() -> Iterator[None]:
    """Almost every test makes an application of its own, and two thirds of that is reading the routes' signatures."""
    read: dict[object, Dependant] = {}

    def read_once(*, path: str, call: Callable[..., Any], **more: Any) -> Dependant:
        key = path, call.__code__, *more.items()
        if key not in read:
            read[key] = get_dependant(path=path, call=call, **more)
        return replace(read[key], call=call)

    with mock.patch.object(routing, "get_dependant", read_once):
        yield


@pytest.fixture
def asked_from_192_0_2_10() -> Iterator[None]:
    """What is done, is done for somebody there, on a server without accounts."""
    caller, address = CALLER.set(OPEN), ADDRESS.set("192.0.2.10")
    yield
    CALLER.reset(caller)
    ADDRESS.reset(address)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def recorder(store: MemoryStore) -> Recorder:
    return Recorder(store)


@pytest.fixture
def agents() -> FakeAgents:
    return FakeAgents()


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
def fleet(recorder: Recorder, agents: FakeAgents, clock: HandClock, bus: LocalBus) -> Fleet:
    return Fleet(recorder, agents, clock, bus, patience=PATIENCE)


@pytest.fixture
def history() -> MemoryHistory:
    return MemoryHistory()


@pytest.fixture
def call_store() -> MemoryCallStore:
    return MemoryCallStore()


@pytest.fixture
def calls(call_store: MemoryCallStore, clock: HandClock, bus: LocalBus) -> CallLog:
    return CallLog(call_store, clock, bus, keep_days=365)


def caller_of(
    services: Services, address: str = "127.0.0.1", *, called: str = "127.0.0.1", open_network: bool = False
) -> TestClient:
    """An HTTP client at this address, joined with the whole application without a socket; others come over TLS."""
    app = create_app(services, open_network=open_network)
    scheme = "http" if ipaddress.ip_address(address).is_loopback else "https"
    return TestClient(app, base_url=f"{scheme}://{called}:8083", client=(address, 50000), raise_server_exceptions=False)


@pytest.fixture
def webhook_store() -> MemoryWebhookStore:
    return MemoryWebhookStore()


@pytest.fixture
def receivers() -> FakeReceivers:
    return FakeReceivers()


@pytest.fixture
def transitions() -> MemoryTransitions:
    return MemoryTransitions()


@pytest.fixture
def group_store() -> MemoryGroupStore:
    return MemoryGroupStore()


@pytest.fixture
def groups(group_store: MemoryGroupStore) -> Groups:
    return Groups(group_store)


@pytest.fixture
def schedule_store() -> MemoryScheduleStore:
    return MemoryScheduleStore()


@pytest.fixture
def wish_store() -> MemoryWishStore:
    return MemoryWishStore()


@pytest.fixture
def wishes(fleet: Fleet, wish_store: MemoryWishStore, clock: HandClock, bus: LocalBus) -> Iterator[Wishes]:
    made = Wishes(fleet, wish_store, clock, bus)
    yield made
    made.close()


@pytest.fixture
def services(
    fleet: Fleet,
    recorder: Recorder,
    history: MemoryHistory,
    calls: CallLog,
    clock: HandClock,
    bus: LocalBus,
    transitions: MemoryTransitions,
    webhook_store: MemoryWebhookStore,
    receivers: FakeReceivers,
    wishes: Wishes,
    groups: Groups,
    schedule_store: MemoryScheduleStore,
) -> Services:
    return fake_services(
        clock=clock,
        bus=bus,
        recorder=recorder,
        fleet=fleet,
        history=history,
        calls=calls,
        transitions=transitions,
        webhook_store=webhook_store,
        receivers=receivers,
        wishes=wishes,
        groups=groups,
        schedule_store=schedule_store,
    )


@pytest.fixture
def api(services: Services) -> TestClient:
    return caller_of(services)
