"""One server with a clock moved by hand, a store in memory and agents that exist only here.

The cast: NIKITA (extension 485) is at the desk, OLGA is on DND, PAVEL goes silent.
"""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_app
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.wire.heartbeat import Heartbeat
from tests.fakes.agent_link import FakeAgents
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory

PATIENCE = 21.0


def beat_of(hostname: str, *, dnd: bool = False, extension: str = "485", running: bool = True) -> Heartbeat:
    return Heartbeat(hostname, extension, int(dnd), running=running)


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
def calls(call_store: MemoryCallStore, clock: HandClock) -> CallLog:
    return CallLog(call_store, clock, keep_days=365)


def caller(
    fleet: Fleet,
    recorder: Recorder,
    clock: HandClock,
    address: str,
    *,
    history: MemoryHistory | None = None,
    calls: CallLog | None = None,
    open_network: bool = False,
) -> TestClient:
    """An HTTP client at this address, joined with the whole application without a socket."""
    reports = Reports(fleet, history or MemoryHistory(), clock)
    calls = calls or CallLog(MemoryCallStore(), clock, keep_days=365)
    app = create_app(fleet, recorder, reports, calls, clock, open_network=open_network)
    return TestClient(app, base_url="http://127.0.0.1:8083", client=(address, 50000), raise_server_exceptions=False)


@pytest.fixture
def api(fleet: Fleet, recorder: Recorder, history: MemoryHistory, calls: CallLog, clock: HandClock) -> TestClient:
    return caller(fleet, recorder, clock, "127.0.0.1", history=history, calls=calls)
