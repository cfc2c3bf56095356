"""One agent, built and running in threads: by `main` on a PC, and by the dozen in the demo."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from microsip_manager.agent.boundaries import MessageScreen, Softphone
from microsip_manager.agent.callers import Callers
from microsip_manager.agent.heartbeat_loop import HeartbeatLoop
from microsip_manager.agent.http_api import create_agent_app
from microsip_manager.agent.listener import Listener
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_link import ServerLink, http_client
from microsip_manager.agent.sockets import EVERY_ADDRESS, listening_sockets
from microsip_manager.agent.wakeup import Wakeup
from microsip_manager.clock import SystemClock
from microsip_manager.settings import AgentSettings


class RunningAgent:
    """Builds an agent around a phone and a screen and starts it; `stop`, or the end of a `with`, ends it.

    Port 0 takes a free one; `port` tells which. `addresses` are those to listen on. Raises `UnusableSystem` when the
    port is taken. The hostname in the settings must not be empty.
    """

    def __init__(
        self,
        settings: AgentSettings,
        phone: Softphone,
        *,
        screen: MessageScreen,
        simulated: bool,
        addresses: Sequence[str] = EVERY_ADDRESS,
    ) -> None:
        clock = SystemClock()
        sockets = listening_sockets(addresses, settings.agent_port)
        self.port: int = sockets[0].getsockname()[1]
        identity = Identity(settings.agent_hostname, self.port, simulated)
        self._wakeup = Wakeup()
        # A server that keeps the agent waiting must not cost more than one heartbeat.
        self._http = http_client(min(settings.api_timeout, settings.heartbeat_interval))
        loop = HeartbeatLoop(
            phone,
            ServerLink(self._http, settings.api_servers),
            identity,
            clock=clock,
            interval=settings.heartbeat_interval,
            wait=self._wakeup.wait,
        )
        self._board = MessageBoard(screen, clock, settings.agent_hostname)
        app = create_agent_app(
            phone,
            self._board,
            identity,
            may_call=Callers(settings.api_servers, clock).may_call,
            known_dnd=lambda: loop.known_dnd,
            applied=self._wakeup.ring,
        )
        self._listener = Listener(app, sockets)
        self._beating = threading.Thread(target=loop.run, name="agent-heartbeats", daemon=True)
        self._listener.start()
        self._beating.start()

    def ask_to_stop(self) -> None:
        """Begin to stop, without waiting: the way to end many agents together."""
        self._wakeup.stop()
        self._listener.ask_to_stop()

    def stop(self) -> None:
        """Close the port and stop beating; may be called more than once."""
        self.ask_to_stop()
        self._board.stop()
        self._listener.stop()
        self._beating.join()
        self._http.close()

    def __enter__(self) -> RunningAgent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
