"""A whole server from fakes, with whatever a test wants to hold in its own hands."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher

from microsip_manager.clock import Clock
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.bulk import Bulk
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.command_counts import CommandCounts
from microsip_manager.server.connections import Connections
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.agent_store import AgentStore
from microsip_manager.server.identity.agents import AgentKeys, Agents
from microsip_manager.server.identity.api_tokens import ApiTokens, known_tokens
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.enrolment import Enrolment
from microsip_manager.server.identity.join_tokens import JoinTokens
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people import people_of
from microsip_manager.server.identity.sessions import known_sessions
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.loop_lag import LoopLag
from microsip_manager.server.phonebook import Phonebook
from microsip_manager.server.privacy.privacy import Privacy, PrivacyStore
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.retention import Retention
from microsip_manager.server.scheduler import Scheduler
from microsip_manager.server.schedules import Schedules
from microsip_manager.server.services import Services
from microsip_manager.server.status_history import StatusHistory
from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.server.traffic import Traffic
from microsip_manager.server.wall_feed import WallFeed
from microsip_manager.server.webhook_post import WebhookPost
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.server.wishes import Wishes
from microsip_manager.tls.folder import TlsFolder
from tests.fakes.agent_link import FakeAgents
from tests.fakes.agent_store import MemoryAgentStore, MemoryJoinTokenStore
from tests.fakes.audit_store import MemoryAuditStore
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.group_store import MemoryGroupStore
from tests.fakes.history import MemoryHistory
from tests.fakes.people_stores import MemorySessionStore, MemoryUserStore
from tests.fakes.privacy_store import EmptyPrivacyStore
from tests.fakes.receivers import FakeReceivers
from tests.fakes.schedule_store import MemoryScheduleStore
from tests.fakes.token_store import MemoryTokenStore
from tests.fakes.transitions import MemoryTransitions
from tests.fakes.webhook_store import MemoryWebhookStore
from tests.fakes.wish_store import MemoryWishStore

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2 with next to no work."""
NO_FOLDER = Path("/no/such/folder")
"""A server without a certificate."""


def fake_services(
    *,
    clock: Clock | None = None,
    bus: LocalBus | None = None,
    recorder: Recorder | None = None,
    fleet: Fleet | None = None,
    hub: LinkHub | None = None,
    history: MemoryHistory | None = None,
    calls: CallLog | None = None,
    events: EventFeed | None = None,
    transitions: MemoryTransitions | None = None,
    phonebook: Phonebook | None = None,
    webhook_store: MemoryWebhookStore | None = None,
    receivers: FakeReceivers | None = None,
    wishes: Wishes | None = None,
    groups: Groups | None = None,
    schedule_store: MemoryScheduleStore | None = None,
    token_store: MemoryTokenStore | None = None,
    user_store: MemoryUserStore | None = None,
    session_store: MemorySessionStore | None = None,
    passwords: Passwords | None = None,
    audit: AuditLog | None = None,
    privacy_store: PrivacyStore | None = None,
    tls: TlsKeeper | None = None,
    agent_store: AgentStore | None = None,
    join_token_store: MemoryJoinTokenStore | None = None,
) -> Services:
    """What is not given is made, and joined with what is. A `fleet` that is given speaks on the `bus` given with it."""
    clock = clock or HandClock()
    bus = bus or LocalBus()
    recorder = recorder or Recorder(MemoryStore())
    fleet = fleet or Fleet(recorder, FakeAgents(), clock, bus, patience=21.0)
    webhook_store, receivers = webhook_store or MemoryWebhookStore(), receivers or FakeReceivers()
    webhooks = Webhooks(webhook_store, receivers, clock)
    groups = groups or Groups(MemoryGroupStore())
    schedule_store = schedule_store or MemoryScheduleStore()
    wishes = wishes or Wishes(fleet, MemoryWishStore(), clock, bus)
    token_store = token_store or MemoryTokenStore()
    user_store, session_store = user_store or MemoryUserStore(), session_store or MemorySessionStore()
    audit = audit or AuditLog(MemoryAuditStore(), clock, keep_days=400)
    join_token_store = join_token_store or MemoryJoinTokenStore()
    agent_store = agent_store or MemoryAgentStore(join_token_store)
    agent_keys = AgentKeys(agent_store)
    credentials = Credentials(
        clock,
        lambda: known_tokens(token_store),
        lambda: known_sessions(session_store, user_store),
        agent_keys,
        has_accounts=user_store.any,
    )
    credentials.load()
    hub = hub or LinkHub(clock)
    bulk = Bulk(fleet, wishes, groups, clock)
    return Services(
        clock=clock,
        credentials=credentials,
        tokens=ApiTokens(token_store, credentials, clock),
        people=people_of(user_store, session_store, token_store, passwords or Passwords(QUICK), credentials, clock),
        privacy=Privacy(privacy_store or EmptyPrivacyStore(), recorder, audit),
        audit=audit,
        join_tokens=JoinTokens(join_token_store, clock, lambda: ["http://127.0.0.1:8083"]),
        enrolment=Enrolment(agent_store, credentials, clock, list, bus),
        agents=Agents(agent_store, agent_keys, credentials, hub, clock, bus),
        recorder=recorder,
        fleet=fleet,
        hub=hub,
        reports=Reports(fleet, history or MemoryHistory(), clock),
        calls=calls or CallLog(MemoryCallStore(), clock, bus, keep_days=365),
        events=events or EventFeed(fleet, bus),
        wall=WallFeed(fleet, groups, bus, heartbeat=0.05, pause=0.0),
        history=StatusHistory(fleet, transitions or MemoryTransitions()),
        phonebook=phonebook or Phonebook(fleet, clock, bus, key=""),
        webhooks=webhooks,
        post=WebhookPost(webhooks, webhook_store, receivers, clock, bus),
        wishes=wishes,
        groups=groups,
        bulk=bulk,
        schedules=Schedules(schedule_store, groups, clock),
        scheduler=Scheduler(schedule_store, groups, fleet, bulk, clock),
        retention=Retention([], clock),
        tls=tls or TlsKeeper(TlsFolder(NO_FOLDER), clock),
        connections=Connections(clock, total=1000, per_address=1000),
        traffic=Traffic(),
        commands=CommandCounts(bus),
        lag=LoopLag(clock),
    )
