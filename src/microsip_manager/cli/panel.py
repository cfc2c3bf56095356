"""The DND panel in the terminal: keys in, screen out, and the servers asked beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue

from rich.console import Console
from rich.live import Live

from microsip_manager.cli import panel_state
from microsip_manager.cli.bulk import for_each
from microsip_manager.cli.dnd import Row, row
from microsip_manager.cli.errors import FleetError
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.keyboard import Keyboard
from microsip_manager.cli.panel_screen import drawn
from microsip_manager.cli.panel_state import Command, Panel, Wish
from microsip_manager.cli.words import Words
from microsip_manager.wire.clients import ClientState

REFRESH_SECONDS = 2.0
KEY_SECONDS = 0.1
"""The longest time until something new is on the screen."""

Step = Callable[[Panel], Panel]
"""What a thread has found out: it is done to the panel by the one thread that owns it."""


class DndPanel:
    """Runs until somebody quits. The panel itself is touched by one thread only; the others send it steps."""

    def __init__(
        self, fleet: FleetClient, keys: Keyboard, screen: Console, words: Words, every: float = REFRESH_SECONDS
    ) -> None:
        self._fleet = fleet
        self._keys = keys
        self._screen = screen
        self._words = words
        self._every = every
        self._steps: SimpleQueue[Step] = SimpleQueue()
        self._end = threading.Event()
        self._look_now = threading.Event()
        self._stop_commands = threading.Event()
        self._panel = Panel()

    def run(self) -> None:
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="dnd-panel") as self._workers:
            looking = self._workers.submit(self._look_again_and_again)
            try:
                with Live(console=self._screen, screen=True, auto_refresh=False) as live:
                    self._show_and_obey(live)
            finally:
                self._end.set()
                self._look_now.set()
                self._stop_commands.set()
        looking.result()

    def _show_and_obey(self, live: Live) -> None:
        shown: object = None
        while not self._end.is_set():
            size = self._screen.size
            if shown != (self._panel, size):
                shown = (self._panel, size)
                live.update(drawn(self._panel, self._words, size.height), refresh=True)
            for key in self._keys.read(KEY_SECONDS):
                self._panel, wanted = panel_state.pressed(self._panel, key)
                self._obey(wanted)
            with suppress(Empty):
                while True:
                    self._panel = self._steps.get_nowait()(self._panel)

    def _obey(self, wanted: Wish | Command | None) -> None:
        match wanted:
            case Wish():
                self._stop_commands.clear()
                self._panel = panel_state.begun(self._panel, wanted)
                self._workers.submit(self._carry_out, wanted)
            case Command.QUIT:
                self._end.set()
            case Command.REFRESH:
                self._look_now.set()
            case Command.STOP:
                self._stop_commands.set()

    def _carry_out(self, wish: Wish) -> None:
        try:
            for result in for_each(wish.hostnames, lambda hostname: self._fleet.set_dnd(hostname, wish.enabled)):
                self._steps.put(_result(row(result)))
                if self._stop_commands.is_set():
                    break
        except FleetError as error:
            self._steps.put(_troubled(error))
        finally:
            self._steps.put(panel_state.ended)
            self._look_now.set()

    def _look_again_and_again(self) -> None:
        tag = ""
        while not self._end.is_set():
            self._look_now.clear()
            try:
                tag, clients = self._fleet.clients_if_changed(tag)
            except FleetError as error:
                tag = ""
                self._steps.put(_troubled(error))
            else:
                if clients is not None:
                    self._steps.put(_listed(clients, self._fleet.server))
            self._look_now.wait(self._every)


def _listed(clients: list[ClientState], server: str) -> Step:
    return lambda panel: panel_state.listed(panel, clients, server)


def _result(told: Row) -> Step:
    return lambda panel: panel_state.result_came(panel, told)


def _troubled(error: FleetError) -> Step:
    return lambda panel: replace(panel, trouble=str(error))
