"""One agent, built and running in threads: by `main` on a PC, and by the dozen in the demo."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from microsip_manager.agent.boundaries import MessageScreen, Softphone
from microsip_manager.agent.call_reporter import CallLoop, CallReporter
from microsip_manager.agent.call_watch import CallWatch
from microsip_manager.agent.callers import everybody, this_pc_only
from microsip_manager.agent.enrolling import Enrolling, Http
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.folders import state_folder
from microsip_manager.agent.heartbeat_loop import HeartbeatLoop
from microsip_manager.agent.http_client import HttpClient
from microsip_manager.agent.key_file import KeyFile, NoSeal, Seal
from microsip_manager.agent.link import Link
from microsip_manager.agent.link_socket import open_link
from microsip_manager.agent.listener import Listener
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.on_demand import OnDemand, WsgiApp
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_choice import pace_of
from microsip_manager.agent.server_clock import ServerClock
from microsip_manager.agent.server_link import FAREWELL_SECONDS, ServerLink, do_nothing, system_chance
from microsip_manager.agent.sockets import addresses_to_hear, listening_sockets
from microsip_manager.agent.spool import open_spool, spool_path
from microsip_manager.agent.wakeup import Wakeup
from microsip_manager.clock import SystemClock
from microsip_manager.logs import visible
from microsip_manager.settings import AgentSettings
from microsip_manager.tls.trust import PINNED, Trust

LONGEST_USER = 104
"""Characters of the name of a Windows user."""

ANSI = "mbcs" if sys.platform == "win32" else "cp1252"
"""Python's name for the ANSI code page of this Windows; elsewhere only simulated MicroSIPs are read."""


class RunningAgent:
    """Builds an agent around a phone and a screen and starts it; `stop`, or the end of a `with`, ends it.

    Port 0 takes a free one; `port` tells which. `addresses` are those to listen on, whatever the settings say.
    Raises `UnusableSystem` when the port is taken, or the spool or the key cannot be written. The hostname in the
    settings must not be empty.
    """

    def __init__(
        self,
        settings: AgentSettings,
        phone: Softphone,
        *,
        screen: MessageScreen,
        simulated: bool,
        addresses: Sequence[str] | None = None,
        seal: Seal | None = None,
    ) -> None:
        clock = SystemClock()
        seconds = min(settings.api_timeout, settings.heartbeat_interval)
        trust = trust_of(settings)
        self._enrolling_pause = Wakeup()
        self._http, self._anonymous = HttpClient(trust, lambda: self.enrolling.authorization()), HttpClient(trust)
        self.enrolling = enrolling_of(settings, self._anonymous, self._http, seconds, seal, self._enrolling_pause.ring)
        try:
            self.enrolling.begin()
        except OSError as error:
            raise UnusableSystem(f"the key of this PC cannot be kept: {error}; SPOOL_DIR sets another folder") from None
        finally:
            self._anonymous.close()
        self.name = hostname = self.enrolling.name
        command_keys = self.enrolling.command_keys
        self._spool = open_spool(spool_path(agent_folder(settings), settings.agent_hostname))
        others = settings.local_api_open or bool(command_keys())
        heard = addresses or addresses_to_hear(settings.local_api_addresses, others=others)
        try:
            sockets = listening_sockets(heard, settings.agent_port)
        except UnusableSystem:
            self._spool.close()
            raise
        self.port: int = sockets[0].getsockname()[1]
        # The port is ours, so no agent before this one can take a request any more.
        server_clock = ServerClock(clock)
        identity = Identity(hostname, self.port, simulated, instance=os.urandom(8).hex())
        self._wakeup = Wakeup()
        servers = ServerLink(
            self._http,
            self.enrolling.servers,
            clock,
            # A server that keeps the agent waiting must not cost more than one heartbeat.
            seconds=seconds,
            pace=pace_of(settings.heartbeat_interval, settings.return_after),
            heard_date=server_clock.heard,
            refused=self.enrolling.refused,
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
            open_link=lambda server, patience: open_link(server, patience, trust, self.enrolling.authorization()),
            use=settings.agent_link,
            interval=settings.heartbeat_interval,
            seconds=seconds,
            wait=self._link_pause.wait,
            chance=system_chance,
            refused=self.enrolling.refused,
        )
        loop = HeartbeatLoop(
            phone,
            self._link,
            identity,
            clock=clock,
            interval=settings.heartbeat_interval,
            wait=self._wakeup.wait,
        )
        self._listener = Listener(app, sockets, clock.monotonic)
        self._beating = threading.Thread(target=loop.run, name="agent-heartbeats", daemon=True)
        watch = CallWatch(phone, self._spool, hostname, clock=clock, ansi=ANSI, wait=time.sleep)
        reporter = CallReporter(self._spool, servers, hostname, clock)
        self._calls_pause = Wakeup()
        calls = CallLoop(watch.look, reporter.report, hostname, self._calls_pause.wait)
        self._reporting = threading.Thread(target=calls.run, name="agent-calls", daemon=True)
        self._linking = threading.Thread(target=self._link.run, name="agent-link", daemon=True)
        self._enrolling = threading.Thread(
            target=self.enrolling.run, args=(self._enrolling_pause.wait,), name="agent-enrolling", daemon=True
        )
        self._listener.start()
        self._enrolling.start()
        self._beating.start()
        self._linking.start()
        self._reporting.start()

    def ask_to_stop(self) -> None:
        """Begin to stop, without waiting: the way to end many agents together."""
        self._wakeup.stop()
        self._calls_pause.stop()
        self._enrolling_pause.stop()
        self._listener.ask_to_stop()

    def stop(self) -> None:
        """Close the port, stop beating and reporting, and say farewell; may be called more than once."""
        self.ask_to_stop()
        self._board.stop()
        self._listener.stop()
        self._beating.join()
        # Only now: the last word about MicroSIP goes over the link as well.
        self._link_pause.stop()
        self._link.stop()
        # It may be waiting for a server, or a proxy, that does not answer.
        self._linking.join(FAREWELL_SECONDS)
        self._reporting.join()
        self._enrolling.join(FAREWELL_SECONDS)
        self._spool.close()
        self._http.close()
        self._anonymous.close()

    def __enter__(self) -> RunningAgent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def enrolling_of(
    settings: AgentSettings,
    http: Http,
    http_with_key: Http,
    seconds: float,
    seal: Seal | None,
    news: Callable[[], None] = do_nothing,
) -> Enrolling:
    """What lets this agent in; without a `seal` the rights of its file are all the protection of its key."""
    return Enrolling(
        http,
        http_with_key,
        KeyFile(agent_folder(settings), settings.agent_hostname, seal or NoSeal()),
        pin=partial(pinned, agent_folder(settings) / PINNED),
        hostname=settings.agent_hostname,
        session_user=session_user(os.environ),
        servers=settings.api_servers,
        join_token=settings.join_token,
        now=time.time,
        seconds=seconds,
        chance=system_chance,
        news=news,
    )


def joined(settings: AgentSettings, seal: Seal | None) -> str | None:
    """Come in by the join token of the settings, also where there is a key already; the client's name, None if not.

    An agent that runs meanwhile notices by itself. Raises `UnusableSystem`.
    """
    trust = trust_of(settings)
    http, http_with_key = HttpClient(trust), HttpClient(trust, lambda: enrolling.authorization())
    enrolling = enrolling_of(settings, http, http_with_key, settings.api_timeout, seal)
    try:
        return enrolling.join()
    except OSError as error:
        raise UnusableSystem(f"the key of this PC cannot be kept: {error}; SPOOL_DIR sets another folder") from None
    finally:
        http.close()
        http_with_key.close()


def session_user(environ: Mapping[str, str]) -> str:
    user = environ.get("USERNAME") or environ.get("USER") or ""
    return visible(user)[:LONGEST_USER].strip()


def trust_of(settings: AgentSettings) -> Trust:
    return Trust(settings.server_ca, agent_folder(settings) / PINNED)


def pinned(file: Path, server: str, fingerprint: str) -> None:
    """From now on trust the servers' own authority, which is the one of this fingerprint.

    Raises `NotTheAuthority` and `OSError`.
    """
    # It brings the HTTP client, which an agent that sleeps does without.
    from microsip_manager.tls.unverified import fetch_ca

    pem = fetch_ca(server, fingerprint)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(pem, encoding="ascii")


def agent_folder(settings: AgentSettings) -> Path:
    return state_folder(settings.spool_dir, sys.platform == "win32", os.environ)
