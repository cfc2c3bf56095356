"""What a server consists of."""

from __future__ import annotations

from dataclasses import dataclass

from microsip_manager.clock import Clock
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.bulk import Bulk
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.command_counts import CommandCounts
from microsip_manager.server.connections import Connections
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.agents import Agents
from microsip_manager.server.identity.api_tokens import ApiTokens
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.enrolment import Enrolment
from microsip_manager.server.identity.join_tokens import JoinTokens
from microsip_manager.server.identity.people import People
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.loop_lag import LoopLag
from microsip_manager.server.phonebook import Phonebook
from microsip_manager.server.privacy.privacy import Privacy
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.retention import Retention
from microsip_manager.server.scheduler import Scheduler
from microsip_manager.server.schedules import Schedules
from microsip_manager.server.status_history import StatusHistory
from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.server.traffic import Traffic
from microsip_manager.server.wall_feed import WallFeed
from microsip_manager.server.webhook_post import WebhookPost
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.server.wishes import Wishes


@dataclass(frozen=True)
class Services:
    """Everything that `main` builds and the application serves."""

    clock: Clock
    credentials: Credentials
    tokens: ApiTokens
    people: People
    audit: AuditLog
    privacy: Privacy
    join_tokens: JoinTokens
    enrolment: Enrolment
    agents: Agents
    recorder: Recorder
    fleet: Fleet
    hub: LinkHub
    reports: Reports
    calls: CallLog
    events: EventFeed
    wall: WallFeed
    history: StatusHistory
    phonebook: Phonebook
    webhooks: Webhooks
    post: WebhookPost
    wishes: Wishes
    groups: Groups
    bulk: Bulk
    schedules: Schedules
    scheduler: Scheduler
    retention: Retention
    tls: TlsKeeper
    connections: Connections
    traffic: Traffic
    commands: CommandCounts
    lag: LoopLag
