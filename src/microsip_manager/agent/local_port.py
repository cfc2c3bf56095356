"""The agent's port, and who can reach it: this PC alone until there is somebody else to listen to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.listener import Listener
from microsip_manager.agent.on_demand import WsgiApp
from microsip_manager.agent.sockets import listening_sockets

log = logging.getLogger(__name__)


class LocalPort:
    """Opens the port at once, and serves it from `start` on. `addresses` gives those to listen at.

    Port 0 takes a free one; `port` tells which. Raises `UnusableSystem` when it is taken.
    """

    def __init__(self, port: int, addresses: Callable[[], Sequence[str]], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wanted = addresses
        self._addresses = tuple(addresses())
        self._sockets = listening_sockets(self._addresses, port)
        self.port: int = self._sockets[0].getsockname()[1]
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._stopped = False

    def start(self, app: WsgiApp) -> None:
        self._app = app
        self._serve()

    def look_again(self) -> None:
        """Listen where it is wanted now. Not for a thread that serves a request: it would wait for itself."""
        with self._lock:
            wanted = tuple(self._wanted())
            if self._stopped or self._listener is None or wanted == self._addresses:
                return
            # A port that is open at one address cannot be opened at all of them.
            self._listener.stop()
            if not (self._opened(wanted) or self._opened(self._addresses)):
                self._addresses = ()

    def ask_to_stop(self) -> None:
        if self._listener is not None:
            self._listener.ask_to_stop()

    def stop(self) -> None:
        """Close the port and all connections; may be called more than once."""
        with self._lock:
            self._stopped = True
            if self._listener is not None:
                self._listener.stop()

    def _opened(self, addresses: tuple[str, ...]) -> bool:
        try:
            self._sockets = listening_sockets(addresses, self.port)
        except UnusableSystem as error:
            log.error("the port cannot be opened anew: %s", error)
            return False
        self._addresses = addresses
        self._serve()
        log.info("port %d is open at %s", self.port, ", ".join(addresses))
        return True

    def _serve(self) -> None:
        self._listener = Listener(self._app, self._sockets, self._monotonic)
        self._listener.start()
