"""One server with a clock moved by hand, a store in memory and agents that exist only here.

The cast: NIKITA (extension 485) is at the desk, OLGA is on DND, PAVEL goes silent.
"""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_app
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.phonebook import Phonebook
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.status_history import StatusHistory
from microsip_manager.server.webhook_post import WebhookPost
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.wire.heartbeat import Heartbeat
from tests.fakes.agent_link import FakeAgents
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory
from tests.fakes.receivers import FakeReceivers
from tests.fakes.transitions import MemoryTransitions
from tests.fakes.webhook_store import MemoryWebhookStore

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
def calls(call_store: MemoryCallStore, clock: HandClock, bus: LocalBus) -> CallLog:
    return CallLog(call_store, clock, bus, keep_days=365)


def caller(
    fleet: Fleet,
    recorder: Recorder,
    clock: HandClock,
    address: str,
    *,
    history: MemoryHistory | None = None,
    calls: CallLog | None = None,
    events: EventFeed | None = None,
    transitions: MemoryTransitions | None = None,
    phonebook: Phonebook | None = None,
    webhook_store: MemoryWebhookStore | None = None,
    receivers: FakeReceivers | None = None,
    open_network: bool = False,
    called: str = "127.0.0.1",
) -> TestClient:
    """An HTTP client at this address, joined with the whole application without a socket."""
    reports = Reports(fleet, history or MemoryHistory(), clock)
    calls = calls or CallLog(MemoryCallStore(), clock, LocalBus(), keep_days=365)
    events = events or EventFeed(fleet, LocalBus())
    webhook_store, receivers = webhook_store or MemoryWebhookStore(), receivers or FakeReceivers()
    webhooks = Webhooks(webhook_store, receivers, clock)
    past = StatusHistory(fleet, transitions or MemoryTransitions())
    app = create_app(
        fleet,
        recorder,
        reports,
        calls,
        clock,
        events=events,
        history=past,
        phonebook=phonebook or Phonebook(fleet, clock, LocalBus(), key=""),
        webhooks=webhooks,
        post=WebhookPost(webhooks, webhook_store, receivers, clock, LocalBus()),
        open_network=open_network,
    )
    return TestClient(app, base_url=f"http://{called}:8083", client=(address, 50000), raise_server_exceptions=False)


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
def api(
    fleet: Fleet,
    recorder: Recorder,
    history: MemoryHistory,
    calls: CallLog,
    clock: HandClock,
    transitions: MemoryTransitions,
) -> TestClient:
    return caller(fleet, recorder, clock, "127.0.0.1", history=history, calls=calls, transitions=transitions)
