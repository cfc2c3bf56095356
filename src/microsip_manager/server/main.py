"""The one place of the server that picks real stores, links and clocks."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import math
import os
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import uvicorn

from microsip_manager import __version__
from microsip_manager.clock import SystemClock
from microsip_manager.logs import UnusableLogFile, start_logging
from microsip_manager.open_files import allow_many_connections, connections_granted
from microsip_manager.server.agent_questions import AgentQuestions
from microsip_manager.server.app import create_app
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.bulk import Bulk
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.command_counts import CommandCounts
from microsip_manager.server.command_news import CommandNews
from microsip_manager.server.connection import HttpConnection, Lingering, Surroundings, only_ours
from microsip_manager.server.connections import Connections
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.groups import Groups
from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.server.http_receivers import HttpReceivers, receiver_client
from microsip_manager.server.identity.agents import AgentKeys, Agents
from microsip_manager.server.identity.api_tokens import ApiTokens, known_tokens
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.enrolment import Enrolment
from microsip_manager.server.identity.join_tokens import JoinTokens
from microsip_manager.server.identity.own_servers import own_servers
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people import people_of
from microsip_manager.server.identity.sessions import known_sessions
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.link_protocol import LinkProtocol
from microsip_manager.server.listener import Listener
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.loop_lag import LoopLag
from microsip_manager.server.patience import USUAL, Deadlines, Patience
from microsip_manager.server.phonebook import Phonebook
from microsip_manager.server.privacy.privacy import Privacy
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.retention import Kept, Retention
from microsip_manager.server.scheduler import Scheduler
from microsip_manager.server.schedules import Schedules
from microsip_manager.server.services import Services
from microsip_manager.server.sql_agent_store import SqlAgentStore
from microsip_manager.server.sql_audit_store import SqlAuditStore
from microsip_manager.server.sql_call_store import SqlCallStore
from microsip_manager.server.sql_group_store import SqlGroupStore
from microsip_manager.server.sql_history import SqlHistory
from microsip_manager.server.sql_join_token_store import SqlJoinTokenStore
from microsip_manager.server.sql_people import SqlSessionStore, SqlUserStore
from microsip_manager.server.sql_privacy_store import SqlPrivacyStore
from microsip_manager.server.sql_retention import purge_changes, purge_commands
from microsip_manager.server.sql_schedule_store import SqlScheduleStore
from microsip_manager.server.sql_store import SqlStore, shown_url
from microsip_manager.server.sql_token_store import SqlTokenStore
from microsip_manager.server.sql_transitions import SqlTransitions
from microsip_manager.server.sql_webhook_store import SqlWebhookStore
from microsip_manager.server.sql_wish_store import SqlWishStore
from microsip_manager.server.status_history import StatusHistory
from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.server.tls.strict_transport import HTTPS_PORT
from microsip_manager.server.traffic import Traffic
from microsip_manager.server.visitors import visitor_of
from microsip_manager.server.wall_feed import WallFeed
from microsip_manager.server.ways import Way
from microsip_manager.server.webhook_post import WebhookPost
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.server.wishes import Wishes
from microsip_manager.settings import (
    BadSetting,
    ServerSettings,
    database_url_of,
    help_text,
    load,
    log_file_of,
    tls_folder_of,
)
from microsip_manager.tls.certificates import shown_moment
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.web.panel import Panel
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.enrolment import NewJoinToken
from microsip_manager.wire.heartbeat import MISSED_HEARTBEATS
from microsip_manager.wire.link import AGENT_TEXT_LIMIT
from microsip_manager.wire.signature import command_key

log = logging.getLogger(__name__)

FIRST_USES = 1000
"""Agents that come in by the join token of the first set-up, within its day: all of an office."""

LONGEST_KEPT = 75
"""Seconds for which an idle connection is kept, whatever the interval of the heartbeats."""


def main(site: ModuleType, argv: list[str] | None = None) -> int:
    """Run the server until it is told to stop. Exit code 2 when it can't start, with one line that says why."""
    parser = argparse.ArgumentParser(
        prog="api_server.py",
        description="The server of MicroSIP Manager.",
        epilog=f"example:\n  SERVER_PORT=8083 python server/api_server.py\n\n{help_text(ServerSettings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args(argv)
    clock = SystemClock()
    try:
        settings = load(ServerSettings, site)
        start_logging(settings.log_level, log_file_of(settings.log_file, site, "server"))
        sockets = listening_sockets(settings.server_port)
        store = SqlStore(database_url_of(settings.database_url, site))
        known, known_webhooks = store.load(), SqlWebhookStore(store.engine).webhooks()
        wish_store = SqlWishStore(store.engine)
        wished = wish_store.current()
        token_store = SqlTokenStore(store.engine)
        users, sessions = SqlUserStore(store.engine), SqlSessionStore(store.engine)
        agent_store = SqlAgentStore(store.engine)
        agent_keys = AgentKeys(agent_store)
        credentials = Credentials(
            clock,
            partial(known_tokens, token_store),
            partial(known_sessions, sessions, users),
            agent_keys,
            has_accounts=users.any,
        )
        credentials.load()
        tls = TlsKeeper(TlsFolder(tls_folder_of(settings.database_url, site)), clock, own_certificate(settings))
        tls.load()
        check_can_start(credentials, tls, settings)
    except (BadSetting, UnusableLogFile, StoreFailed, BadCertificate, OSError) as error:
        print(f"api_server.py: {error}", file=sys.stderr)
        return 2

    allow_many_connections()
    look_for_garbage_less_often()
    recorder = Recorder(store)
    audit = AuditLog(SqlAuditStore(store.engine), clock, settings.audit_keep_days)
    hub = LinkHub(clock)

    def key_of(client: ClientState) -> bytes | None:
        known = credentials.agent_digest(client.hostname)
        return command_key(known) if known is not None else None

    ways: list[Way] = [hub, HttpAgentLink(agent_client(settings.api_timeout), settings.agent_networks, clock, key_of)]
    bus = LocalBus()
    gateway = Gateway(ways, CommandNews(recorder.command, bus), clock, settings.api_timeout)
    fleet = Fleet(
        recorder, AgentQuestions(gateway), clock, bus, patience=settings.heartbeat_interval * MISSED_HEARTBEATS
    )
    fleet.restore(known)
    receivers = HttpReceivers(receiver_client(), settings.webhook_networks)
    webhook_store = SqlWebhookStore(store.engine)
    webhooks = Webhooks(webhook_store, receivers, clock)
    webhooks.restore(known_webhooks)
    wishes = Wishes(fleet, wish_store, clock, bus, audit)
    wishes.restore(wished)
    groups = Groups(SqlGroupStore(store.engine))
    bulk = Bulk(fleet, wishes, groups, clock)
    schedule_store = SqlScheduleStore(store.engine)
    join_tokens = JoinTokens(
        SqlJoinTokenStore(store.engine),
        clock,
        lambda: settings.join_servers or own_servers(settings.server_port, "https" if tls.context else "http"),
        lambda: tls.fingerprint,
    )

    async def first_join_token() -> str:
        return (await join_tokens.make(NewJoinToken(name="first", uses=FIRST_USES))).join_token

    services = Services(
        clock=clock,
        credentials=credentials,
        tokens=ApiTokens(token_store, credentials, clock),
        people=people_of(
            users,
            sessions,
            token_store,
            Passwords(),
            credentials,
            clock,
            make_certificate=tls.make_if_missing,
            first_join_token=first_join_token,
        ),
        audit=audit,
        privacy=Privacy(SqlPrivacyStore(store.engine), recorder, audit),
        join_tokens=join_tokens,
        enrolment=Enrolment(agent_store, credentials, clock, lambda: settings.join_servers, bus),
        agents=Agents(agent_store, agent_keys, credentials, hub, clock, bus),
        recorder=recorder,
        fleet=fleet,
        hub=hub,
        reports=Reports(fleet, SqlHistory(store.engine), clock),
        calls=CallLog(SqlCallStore(store.engine), clock, bus, settings.calls_keep_days),
        events=EventFeed(fleet, bus),
        wall=WallFeed(fleet, groups, bus),
        history=StatusHistory(fleet, SqlTransitions(store.engine)),
        phonebook=Phonebook(fleet, clock, bus, settings.directory_key),
        webhooks=webhooks,
        post=WebhookPost(webhooks, webhook_store, receivers, clock, bus),
        wishes=wishes,
        groups=groups,
        bulk=bulk,
        schedules=Schedules(schedule_store, groups, clock),
        scheduler=Scheduler(schedule_store, groups, fleet, bulk, clock, audit),
        retention=Retention(
            [
                Kept("changes of status", settings.history_keep_days, partial(purge_changes, store.engine)),
                Kept("commands", settings.commands_keep_days, partial(purge_commands, store.engine)),
            ],
            clock,
        ),
        tls=tls,
        connections=Connections(clock, connections_granted(), settings.connections_per_address),
        traffic=Traffic(),
        commands=CommandCounts(bus),
        lag=LoopLag(clock),
    )
    panel = Panel(__version__, visitor_of)
    app = create_app(
        services,
        open_network=settings.open_network,
        allow_plaintext=settings.allow_plaintext,
        strict_transport=settings.server_port == HTTPS_PORT,
        pages=panel.routes(),
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # The sender's address is what we trust; a header must not replace it.
        proxy_headers=False,
        # An agent's connection outlives the pause between its heartbeats, and not much more.
        timeout_keep_alive=min(LONGEST_KEPT, math.ceil(settings.heartbeat_interval * MISSED_HEARTBEATS)),
        timeout_graceful_shutdown=5,
        # The default is another one, which takes more than twice the processor time for a heartbeat.
        ws=LinkProtocol,
        ws_max_size=AGENT_TEXT_LIMIT,
        # Compression would cost each link more memory than all the rest of it.
        ws_per_message_deflate=False,
        # The heartbeats of a link keep it alive.
        ws_ping_interval=None,
    )
    log.info("%d clients known from %s", len(known), shown_url(settings.database_url))
    log.info("listening on port %d; try http://127.0.0.1:%d/docs", settings.server_port, settings.server_port)
    if tls.certificate is not None:
        log.info("TLS is on, for %s, until %s", tls.names, shown_moment(tls.certificate.ends))
    if settings.allow_plaintext:
        log.warning("ALLOW_PLAINTEXT=1: everybody on the way to this server can read passwords and tokens")
    if credentials.required:
        log.info("every request needs credentials")
    elif settings.open_network:
        log.warning("OPEN_NETWORK=1: every address that reaches this server may control every phone")
    else:
        log.info("protected mode: serving this machine only (OPEN_NETWORK=1 serves the network)")
    try:
        feeds = (services.events, services.wall)
        Server(config, feeds, services.connections, lambda: tls.context).run(sockets=sockets)
    except KeyboardInterrupt:
        pass  # uvicorn has shut down in good order and only then passes the signal on
    finally:
        store.close()
    log.info("stopped")
    return 0


class Server(uvicorn.Server):
    """Listens by a listener of ours, and ends the streams of events at the start of its shutdown.

    uvicorn would wait for the end of the streams, and knows one kind of connection for a port and no limits.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        feeds: Sequence[EventFeed | WallFeed],
        connections: Connections,
        context: Callable[[], ssl.SSLContext | None],
        patience: Patience = USUAL,
    ) -> None:
        super().__init__(config)
        self._feeds = feeds
        self._connections = connections
        self._context = context
        self._patience = patience
        self._watching: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        logging.getLogger("uvicorn.error").addFilter(only_ours)
        deadlines, state = Deadlines(), self.server_state
        around = Surroundings(self.config, state, self.lifespan.state, self._connections, deadlines, self._patience)
        listener = Listener(
            sockets or [],
            self._connections,
            partial(HttpConnection, around),
            self._context,
            patience=self._patience.first_byte,
        )
        listener.start()
        self.servers.append(listener)  # type: ignore[arg-type]  # it has the verbs that are used of a server
        self._watching = [
            asyncio.create_task(loop) for loop in (deadlines.keep(self._patience.look_every), Lingering(state).keep())
        ]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for feed in self._feeds:
            feed.close()
        await super().shutdown(sockets)
        for task in self._watching:
            task.cancel()


def own_certificate(settings: ServerSettings) -> tuple[Path, Path] | None:
    """The files of the company's own certificate and key; raises `BadSetting`."""
    if not settings.tls_certificate:
        if settings.tls_key:
            raise BadSetting("TLS_KEY is set without TLS_CERTIFICATE; expected both, or TLS_CERTIFICATE alone")
        return None
    return Path(settings.tls_certificate), Path(settings.tls_key or settings.tls_certificate)


def check_can_start(credentials: Credentials, tls: TlsKeeper, settings: ServerSettings) -> None:
    """Raises `BadSetting` when passwords and tokens would have to travel in the clear, with what to do."""
    if credentials.required and tls.context is None and not settings.allow_plaintext:
        raise BadSetting(
            "there are accounts and no certificate, so passwords and tokens would travel in the clear; run "
            "`microsip-manager tls init` here (or start with ALLOW_PLAINTEXT=1 to let them)"
        )


def look_for_garbage_less_often() -> None:
    """Each look goes through what thousands of connections keep, and next to nothing here needs it to be freed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def listening_sockets(port: int) -> list[socket.socket]:
    """Sockets on all addresses, IPv4 and, where the system has it, IPv6; raises `OSError` naming the port."""
    families = [socket.AF_INET, socket.AF_INET6] if socket.has_ipv6 else [socket.AF_INET]
    opened: list[socket.socket] = []
    for family in families:
        try:
            opened.append(socket.create_server(("", port), family=family, backlog=2048))
        except OSError as error:
            if family is socket.AF_INET6 and opened:
                continue  # a system with IPv6 switched off; IPv4 is open already
            raise OSError(f"SERVER_PORT {port} cannot be opened: {os.strerror(error.errno or 0)}") from error
    return opened
