"""The MicroSIPs of this Windows session as one `Softphone`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PureWindowsPath

from microsip_manager.agent.boundaries import DndResult, PhoneFiles, PhoneIni, PhoneView
from microsip_manager.agent.ini_file import IniFile
from microsip_manager.agent.microsip_ini import ini_path
from microsip_manager.agent.several import one_result, one_view
from microsip_manager.agent.windows.desktop import check_desktop
from microsip_manager.agent.windows.install_folders import install_folders
from microsip_manager.agent.windows.messages import MessageSender, send_message
from microsip_manager.agent.windows.running_copy import ANSI, RunningCopy
from microsip_manager.agent.windows.window_search import MainWindow, WindowKey, find_main_windows
from microsip_manager.clock import Clock


def microsip_of_this_session(clock: Clock, window_class: str) -> WindowsSoftphone:
    """What the agent uses on a PC; raises `UnusableSystem` where no windows can be seen."""
    check_desktop()
    return WindowsSoftphone(clock, window_class)


class WindowsSoftphone:
    """All MicroSIPs of this session: each command goes to every one, and each look tells of all.

    `send` is how a message goes to a window, so that a test can refuse one as Windows does.
    """

    def __init__(
        self,
        clock: Clock,
        window_class: str = "MicroSIP",
        *,
        send: MessageSender = send_message,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._window_class = window_class
        self._send = send
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._copies: dict[WindowKey, RunningCopy] = {}

    def look(self) -> PhoneView:
        return one_view([(copy.name, copy.look()) for copy in self._running()])

    def set_dnd(self, enabled: bool) -> DndResult:
        return one_result([(copy.name, copy.set_dnd(enabled)) for copy in self._running()])

    def inis(self) -> list[PhoneIni]:
        return [copy.ini() for copy in self._running()]

    def files(self) -> Sequence[PhoneFiles]:
        return [copy.files for copy in self._running() if copy.files]

    def _running(self) -> list[RunningCopy]:
        """The MicroSIPs that run now. One is kept while its window lives, because it remembers a click in doubt."""
        found = find_main_windows(self._window_class)
        with self._lock:
            alive = {main.key: copy for copy in self._copies.values() if (main := copy.main).is_there()}
            self._copies = alive | {main.key: alive.get(main.key) or self._copy(main) for main in found}
            return [self._copies[main.key] for main in found]

    def _copy(self, main: MainWindow) -> RunningCopy:
        ini = IniFile(self._ini_path(main.program), ANSI, self._wait) if main.program else None
        return RunningCopy(main, ini, self._send, self._clock, self._wait)

    def _ini_path(self, program: str) -> Path:
        # A branded build has its window class, its registry key and its folder under one name.
        appdata = PureWindowsPath(os.environ.get("APPDATA", "")) / self._window_class
        return Path(ini_path(PureWindowsPath(program), install_folders(self._window_class), appdata))
