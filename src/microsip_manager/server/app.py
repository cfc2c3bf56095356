"""The ASGI application, put together from what it is given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from microsip_manager import __version__
from microsip_manager.clock import Clock
from microsip_manager.server import error_responses, openapi
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.heartbeat_door import HeartbeatDoor
from microsip_manager.server.issuer import IssuerOf
from microsip_manager.server.link_door import LinkDoor
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.link_watch import watch_links
from microsip_manager.server.protected_mode import ProtectedMode
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.routes.calls import calls_router
from microsip_manager.server.routes.clients import clients_router
from microsip_manager.server.routes.command_log import command_log_router
from microsip_manager.server.routes.commands import commands_router
from microsip_manager.server.routes.health import health_router
from microsip_manager.server.routes.stats import stats_router
from microsip_manager.server.watchdog import watch

DESCRIPTION = """See and control MicroSIP softphones on many Windows PCs.

Errors are RFC 9457 problem details with a stable `code`. Times are ISO 8601 by this server's clock,
in UTC where no other time zone is asked for.
"""


def create_app(
    fleet: Fleet,
    recorder: Recorder,
    reports: Reports,
    calls: CallLog,
    clock: Clock,
    *,
    hub: LinkHub,
    open_network: bool,
) -> ASGIApp:
    """The whole server: guard, doors for heartbeats and links, FastAPI, and the loops that live as long as it does."""

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
        writer.start()
        watching = asyncio.create_task(watch(fleet, clock, wait))
        watching_links = asyncio.create_task(watch_links(hub, clock, fleet.patience, wait))
        tidying = asyncio.create_task(calls.keep_tidy(wait))
        try:
            yield
        finally:
            stop.set()
            await watching
            await watching_links
            await tidying
            fleet.sample_last_seen()
            stop_writing.set()
            await asyncio.to_thread(writer.join)
            await asyncio.to_thread(calls.close)

    api = create_api(fleet, recorder, reports, calls, clock, running)
    doors = HeartbeatDoor(LinkDoor(IssuerOf(api), hub, fleet, clock), fleet)
    return ProtectedMode(doors, open_network)


def create_api(
    fleet: Fleet, recorder: Recorder, reports: Reports, calls: CallLog, clock: Clock, lifespan: object = None
) -> FastAPI:
    """The FastAPI part: everything but heartbeats and links."""
    # FastAPIOffline serves the assets of /docs itself: a server in a closed network has no CDN to load them from.
    api: FastAPI = FastAPIOffline(
        title="MicroSIP Manager",
        version=__version__,
        description=DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
    )
    api.include_router(clients_router(fleet))
    api.include_router(commands_router(fleet))
    api.include_router(command_log_router(fleet, recorder, clock))
    api.include_router(calls_router(calls))
    api.include_router(stats_router(reports))
    api.include_router(health_router(recorder))
    error_responses.install(api)
    openapi.install(api)
    return api
