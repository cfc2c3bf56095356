"""One running MicroSIP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from microsip_manager.agent.boundaries import (
    CLOSED,
    DndResult,
    PhoneFiles,
    PhoneIni,
    PhoneView,
    TelephoneResult,
    Trouble,
)
from microsip_manager.agent.dnd import DndSwitch
from microsip_manager.agent.errors import DamagedIni, NoDndButton, PhoneDenied, PhoneGone, PhoneHung
from microsip_manager.agent.ini_file import IniFile
from microsip_manager.agent.known_settings import shown_deny_incoming
from microsip_manager.agent.langpack import translated
from microsip_manager.agent.telephone import Line
from microsip_manager.agent.windows.closing import close
from microsip_manager.agent.windows.dnd_button import WindowDndButton
from microsip_manager.agent.windows.file_version import file_version
from microsip_manager.agent.windows.line_state import REGISTERED, line_state
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.telephone import WindowTelephone
from microsip_manager.agent.windows.window_search import MainWindow
from microsip_manager.clock import Clock
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand

ANSI = "mbcs"
"""Python's name for the ANSI code page of this Windows."""

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
        self._send = send
        self._version = file_version(main.program)
        self._telephone = WindowTelephone(main, self._version, send, self._line)
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

    def telephone(self, command: TelephoneCommand) -> TelephoneResult:
        """Have it do something; starting it is not for one that runs."""
        if command.action is TelephoneAction.CLOSE:
            return close(self.main, self._send)
        return self._telephone.carry_out(command)

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

    def _line(self) -> Line:
        registered = translated(self.files.folder, ANSI, REGISTERED) if self.files else frozenset(REGISTERED)
        return line_state(self.main, self._send, self._single_mode(), registered)

    def _single_mode(self) -> bool:
        """Whether it allows one call at a time, as it does when its ini does not say otherwise."""
        try:
            return self._ini is None or self._ini.read_all().get("Settings", "singleMode") != "0"
        except DamagedIni:
            return True

    def _why_no_button(self) -> str:
        version = f" {'.'.join(map(str, self._version))}" if self._version else ""
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
