"""One running MicroSIP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pywintypes

from microsip_manager.agent.boundaries import CLOSED, DndResult, PhoneFiles, PhoneIni, PhoneView, Trouble
from microsip_manager.agent.dnd import DndSwitch
from microsip_manager.agent.errors import DamagedIni, NoDndButton, PhoneDenied, PhoneGone, PhoneHung
from microsip_manager.agent.ini_file import IniFile
from microsip_manager.agent.known_settings import shown_deny_incoming
from microsip_manager.agent.windows.dnd_button import WindowDndButton
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.window_search import MainWindow
from microsip_manager.clock import Clock

NO_INI = "Windows does not tell where this MicroSIP lies, so its ini cannot be found"


class RunningCopy:
    """One MicroSIP from the moment it was found until its window is gone."""

    def __init__(
        self,
        main: MainWindow,
        ini: IniFile | None,
        send: MessageSender,
        clock: Clock,
        wait: Callable[[float], object],
    ) -> None:
        self.name = main.program or f"MicroSIP with process id {main.process}"
        self.main = main
        self.files = PhoneFiles(ini.path, Path(main.program).parent) if ini else None
        self._ini = ini
        self._button = WindowDndButton(main, send, self._why_no_button)
        self._switch = DndSwitch(self._button, clock.monotonic, wait)

    def look(self) -> PhoneView:
        extension, problem = self._extension()
        try:
            return PhoneView(True, self._button.is_on(), extension, problem)
        except PhoneGone:
            return CLOSED
        except PhoneHung as error:
            return PhoneView(True, None, extension, _joined(error, problem), Trouble.HUNG)
        except PhoneDenied as error:
            return PhoneView(True, None, extension, _joined(error, problem), Trouble.DENIED)
        except NoDndButton as error:
            return PhoneView(True, False, extension, _joined(error, problem), Trouble.NO_BUTTON)

    def set_dnd(self, enabled: bool) -> DndResult:
        return self._switch.set(enabled)

    def ini(self) -> PhoneIni:
        """Everything in its ini; raises `DamagedIni`."""
        if self._ini is None:
            raise DamagedIni(NO_INI)
        return PhoneIni(str(self._ini.path), self._ini.read_all())

    def _extension(self) -> tuple[str, str]:
        """The extension, and what is wrong with the ini; one of them is empty."""
        if self._ini is None:
            return "", NO_INI
        try:
            return self._ini.view().extension, ""
        except DamagedIni as error:
            return "", str(error)

    def _why_no_button(self) -> str:
        version = _version(self.main.program)
        if self._ini is None:
            return f"this MicroSIP{version} shows no DND button"
        try:
            view = self._ini.view()
        except DamagedIni:
            return f"this MicroSIP{version} shows no DND button"
        if view.promises_a_button:
            return f"this MicroSIP{version} has no DND button, although its ini has denyIncoming=button"
        return (
            f"denyIncoming is {shown_deny_incoming(view.deny_incoming)} in {self._ini.path}; "
            "MicroSIP has a DND button only with denyIncoming=button"
        )


def _joined(error: Exception, problem: str) -> str:
    return f"{error}; {problem}" if problem else str(error)


def _version(program: str) -> str:
    """` 3.14.0.0`, or nothing when the file does not tell."""
    # It brings in half of the Windows shell, which only this rare answer needs.
    import win32api

    try:
        info = win32api.GetFileVersionInfo(program, "\\")
    except pywintypes.error:
        return ""
    parts = (info["FileVersionMS"] >> 16, info["FileVersionMS"] & 0xFFFF, info["FileVersionLS"] >> 16)
    return " " + ".".join(str(part) for part in parts)
