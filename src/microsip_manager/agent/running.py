"""One agent, built and running in threads: by `main` on a PC, and by the dozen in the demo."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from microsip_manager.agent.boundaries import MessageScreen, Softphone
from microsip_manager.agent.call_reporter import CallLoop, CallReporter
from microsip_manager.agent.call_watch import CallWatch
from microsip_manager.agent.callers import everybody, this_pc_only
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.folders import state_folder
from microsip_manager.agent.heartbeat_loop import HeartbeatLoop
from microsip_manager.agent.http_client import HttpClient
from microsip_manager.agent.link import Link
from microsip_manager.agent.link_socket import open_link
from microsip_manager.agent.local_port import LocalPort
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.on_demand import OnDemand, WsgiApp
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_choice import pace_of
from microsip_manager.agent.server_clock import ServerClock
from microsip_manager.agent.server_link import FAREWELL_SECONDS, ServerLink, system_chance
from microsip_manager.agent.sockets import addresses_to_hear
from microsip_manager.agent.spool import open_spool, spool_path
from microsip_manager.agent.wakeup import Wakeup
from microsip_manager.clock import SystemClock
from microsip_manager.settings import AgentSettings
from microsip_manager.tls.trust import PINNED, Trust

ANSI = "mbcs" if sys.platform == "win32" else "cp1252"
"""Python's name for the ANSI code page of this Windows; elsewhere only simulated MicroSIPs are read."""


class RunningAgent:
    """Builds an agent around a phone and a screen and starts it; `stop`, or the end of a `with`, ends it.

    Port 0 takes a free one; `port` tells which. `addresses` are those to listen on, whatever the settings say.
    `command_keys` gives the keys with which its servers sign, none as long as it is not enrolled; after they have
    changed call `command_keys_changed`. Raises `UnusableSystem` when the port is taken or the spool cannot be written.
    The hostname in the settings must not be empty.
    """

    def __init__(
        self,
        settings: AgentSettings,
        phone: Softphone,
        *,
        screen: MessageScreen,
        simulated: bool,
        addresses: Sequence[str] | None = None,
        command_keys: Callable[[], Sequence[bytes]] = lambda: (),
    ) -> None:
        clock = SystemClock()
        hostname = settings.agent_hostname
        self._spool = open_spool(spool_path(agent_folder(settings), hostname))

        def heard_addresses() -> Sequence[str]:
            others = settings.local_api_open or bool(command_keys())
            return addresses or addresses_to_hear(settings.local_api_addresses, others=others)

        try:
            self._local_port = LocalPort(settings.agent_port, heard_addresses, clock.monotonic)
        except UnusableSystem:
            self._spool.close()
            raise
        self.port = self._local_port.port
        # The port is ours, so no agent before this one can take a request any more.
        server_clock = ServerClock(clock)
        identity = Identity(hostname, self.port, simulated)
        self._wakeup = Wakeup()
        trust = Trust(settings.server_ca, agent_folder(settings) / PINNED)
        self._http = HttpClient(trust)
        servers = ServerLink(
            self._http,
            settings.api_servers,
            clock,
            # A server that keeps the agent waiting must not cost more than one heartbeat.
            seconds=min(settings.api_timeout, settings.heartbeat_interval),
            pace=pace_of(settings.heartbeat_interval, settings.return_after),
            heard_date=server_clock.heard,
        )
        self._board = board = MessageBoard(screen, clock, hostname)

        def build_app() -> WsgiApp:
            # Flask is the largest part of the agent, and this is the only place that needs it.
            from microsip_manager.agent.http_api import create_agent_app
            from microsip_manager.agent.signed_requests import SignedRequests

            return create_agent_app(
                phone,
                board,
                identity,
                may_call=everybody if settings.local_api_open else this_pc_only,
                signed=SignedRequests(hostname, command_keys, server_clock, clock, servers.ask_the_time),
                known_dnd=lambda: loop.known_dnd,
                applied=command_done,
                monotonic=clock.monotonic,
            )

        def command_done() -> None:
            loop.command_done()
            self._wakeup.ring()

        app = OnDemand(build_app)
        self._link_pause = Wakeup()
        self._link = Link(
            servers,
            identity.heartbeat("", False, running=False),
            app,
            clock,
            open_link=partial(open_link, trust=trust),
            use=settings.agent_link,
            interval=settings.heartbeat_interval,
            seconds=min(settings.api_timeout, settings.heartbeat_interval),
            wait=self._link_pause.wait,
            chance=system_chance,
        )
        loop = HeartbeatLoop(
            phone,
            self._link,
            identity,
            clock=clock,
            interval=settings.heartbeat_interval,
            wait=self._wakeup.wait,
        )
        self._beating = threading.Thread(target=loop.run, name="agent-heartbeats", daemon=True)
        watch = CallWatch(phone, self._spool, hostname, clock=clock, ansi=ANSI, wait=time.sleep)
        reporter = CallReporter(self._spool, servers, hostname, clock)
        self._calls_pause = Wakeup()
        calls = CallLoop(watch.look, reporter.report, hostname, self._calls_pause.wait)
        self._reporting = threading.Thread(target=calls.run, name="agent-calls", daemon=True)
        self._linking = threading.Thread(target=self._link.run, name="agent-link", daemon=True)
        self._local_port.start(app)
        self._beating.start()
        self._linking.start()
        self._reporting.start()

    def command_keys_changed(self) -> None:
        """Listen to the server as well, or no longer. Not for a thread that serves a request."""
        self._local_port.look_again()

    def ask_to_stop(self) -> None:
        """Begin to stop, without waiting: the way to end many agents together."""
        self._wakeup.stop()
        self._calls_pause.stop()
        self._local_port.ask_to_stop()

    def stop(self) -> None:
        """Close the port, stop beating and reporting, and say farewell; may be called more than once."""
        self.ask_to_stop()
        self._board.stop()
        self._local_port.stop()
        self._beating.join()
        # Only now: the last word about MicroSIP goes over the link as well.
        self._link_pause.stop()
        self._link.stop()
        # It may be waiting for a server, or a proxy, that does not answer.
        self._linking.join(FAREWELL_SECONDS)
        self._reporting.join()
        self._spool.close()
        self._http.close()

    def __enter__(self) -> RunningAgent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def agent_folder(settings: AgentSettings) -> Path:
    return state_folder(settings.spool_dir, sys.platform == "win32", os.environ)
