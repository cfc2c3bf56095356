"""The ASGI application, put together from what it is given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from microsip_manager import __version__
from microsip_manager.server import error_responses, openapi
from microsip_manager.server.audit.layer import Audit
from microsip_manager.server.dnd_door import DndDoor
from microsip_manager.server.heartbeat_door import HeartbeatDoor
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.identity.guard import Guard
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.limits import Limits
from microsip_manager.server.link_door import LinkDoor
from microsip_manager.server.link_watch import watch_links
from microsip_manager.server.metrics import Sources
from microsip_manager.server.protected_mode import ProtectedMode
from microsip_manager.server.routes.agents import agents_router
from microsip_manager.server.routes.audit import audit_router
from microsip_manager.server.routes.authority import authority_router
from microsip_manager.server.routes.bulk import bulk_router
from microsip_manager.server.routes.calls import calls_router
from microsip_manager.server.routes.clients import clients_router
from microsip_manager.server.routes.command_log import command_log_router
from microsip_manager.server.routes.commands import commands_router
from microsip_manager.server.routes.dnd import SwitchDnd, dnd_router
from microsip_manager.server.routes.enrolment import enrolment_router
from microsip_manager.server.routes.events import events_router
from microsip_manager.server.routes.groups import groups_router
from microsip_manager.server.routes.health import health_router
from microsip_manager.server.routes.history import history_router
from microsip_manager.server.routes.join_tokens import join_tokens_router
from microsip_manager.server.routes.metrics import metrics_router
from microsip_manager.server.routes.phonebook import phonebook_router
from microsip_manager.server.routes.privacy import privacy_router
from microsip_manager.server.routes.schedules import schedules_router
from microsip_manager.server.routes.server_state import server_router
from microsip_manager.server.routes.session import session_router
from microsip_manager.server.routes.setup import setup_router
from microsip_manager.server.routes.stats import stats_router
from microsip_manager.server.routes.telephone import telephone_router
from microsip_manager.server.routes.tokens import tokens_router
from microsip_manager.server.routes.users import users_router
from microsip_manager.server.routes.wall import wall_router
from microsip_manager.server.routes.webhooks import webhooks_router
from microsip_manager.server.services import Services
from microsip_manager.server.tls.plain_http import PlainHttp
from microsip_manager.server.tls.strict_transport import StrictTransport
from microsip_manager.server.watchdog import watch

DESCRIPTION = """See and control MicroSIP softphones on many Windows PCs.

Errors are RFC 9457 problem details with a stable `code`. Times are ISO 8601 by this server's clock,
in UTC where no other time zone is asked for.
"""


def create_app(
    services: Services,
    *,
    open_network: bool,
    allow_plaintext: bool = False,
    strict_transport: bool = False,
    pages: Sequence[BaseRoute] = (),
) -> ASGIApp:
    """The whole server: audit, guard, doors for agents and DND, FastAPI, and the loops that live as long as it does.

    `strict_transport` tells browsers to use TLS alone from now on.
    """
    clock, fleet, recorder, calls = services.clock, services.fleet, services.recorder, services.calls

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        stop, stop_writing = asyncio.Event(), threading.Event()

        async def wait(seconds: float) -> bool:
            try:
                await asyncio.wait_for(stop.wait(), seconds)
            except TimeoutError:
                return False
            return True

        writer = threading.Thread(target=recorder.run, args=(stop_writing.wait,), name="recorder")
        audit_writer = threading.Thread(target=services.audit.run, args=(stop_writing.wait,), name="audit")
        writer.start()
        audit_writer.start()
        waiting = (
            watch(fleet, clock, wait),
            watch_links(services.hub, clock, fleet.patience, wait),
            calls.keep_tidy(wait),
            services.retention.keep_tidy(wait),
            services.post.keep_going(wait),
            services.scheduler.keep(wait),
            services.wishes.keep_up(wait),
            services.credentials.keep_up(wait),
            services.people.last_uses.keep(wait),
            services.tls.keep_up(wait),
            services.agents.keep(wait),
            services.lag.measure(wait),
        )
        loops = [asyncio.create_task(loop) for loop in waiting]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*loops)
            await services.bulk.close()
            await services.scheduler.settled()
            fleet.sample_last_seen()
            stop_writing.set()
            await asyncio.to_thread(writer.join)
            await asyncio.to_thread(audit_writer.join)
            await asyncio.to_thread(calls.close)
            await asyncio.to_thread(services.wishes.close)
            await asyncio.to_thread(services.people.passwords.close)

    api = create_api(services, running)
    api.router.routes.extend(pages)
    doors = DndDoor(api, SwitchDnd(services.wishes, clock))
    clones = Clones(clock, fleet.show_clone)
    links = LinkDoor(doors, services.hub, fleet, clock, clones)
    doors_of_agents = HeartbeatDoor(links, fleet, clones, services.traffic)
    protected = ProtectedMode(open_network, services.phonebook.opens_at, lambda: services.tls.names)
    plain_http = PlainHttp(allow_plaintext, lambda: services.tls.context is not None)
    own = OwnGroups(services.groups)
    guard = Guard(doors_of_agents, services.credentials, own, protected, plain_http, Limits(clock))
    audited = Audit(guard, services.audit, clock, services.traffic)
    return StrictTransport(audited) if strict_transport else audited


def create_api(services: Services, lifespan: object = None) -> FastAPI:
    """The FastAPI part: everything but heartbeats and links."""
    fleet = services.fleet
    # FastAPIOffline serves the assets of /docs itself: a server in a closed network has no CDN to load them from.
    api: FastAPI = FastAPIOffline(
        title="MicroSIP Manager",
        version=__version__,
        description=DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
    )
    api.include_router(clients_router(fleet, services.groups))
    api.include_router(dnd_router(services.wishes, services.clock))
    api.include_router(history_router(services.history))
    api.include_router(commands_router(fleet))
    api.include_router(groups_router(services.groups))
    api.include_router(bulk_router(services.bulk))
    api.include_router(schedules_router(services.schedules))
    api.include_router(command_log_router(fleet, services.recorder, services.clock))
    own = OwnGroups(services.groups)
    api.include_router(calls_router(services.calls, own))
    api.include_router(stats_router(services.reports))
    api.include_router(events_router(services.events, own))
    api.include_router(wall_router(services.wall))
    api.include_router(webhooks_router(services.webhooks))
    api.include_router(phonebook_router(services.phonebook))
    api.include_router(tokens_router(services.tokens))
    api.include_router(setup_router(services.people.setup))
    api.include_router(session_router(services.people))
    api.include_router(users_router(services.people.users))
    api.include_router(authority_router(services.tls))
    api.include_router(audit_router(services.audit))
    api.include_router(privacy_router(services.privacy))
    api.include_router(health_router(services.recorder, services.audit))
    api.include_router(join_tokens_router(services.join_tokens))
    api.include_router(agents_router(services.agents, services.enrolment))
    api.include_router(enrolment_router(services.agents, services.enrolment))
    api.include_router(
        server_router(
            services.clock,
            fleet,
            services.hub,
            services.events,
            services.recorder,
            services.audit,
            services.join_tokens,
        )
    )
    api.include_router(telephone_router(fleet))
    api.include_router(metrics_router(sources_of(services)))
    error_responses.install(api)
    openapi.install(api)
    return api


def sources_of(services: Services) -> Sources:
    """Where the figures for Prometheus are."""
    return Sources(
        fleet=services.fleet,
        hub=services.hub,
        events=services.events,
        recorder=services.recorder,
        audit=services.audit,
        connections=services.connections,
        traffic=services.traffic,
        commands=services.commands,
        lag=services.lag,
    )
