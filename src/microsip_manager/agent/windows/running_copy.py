"""One running MicroSIP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
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
from microsip_manager.agent.phone_reading import Glance, IniSays, Reading, read_phone
from microsip_manager.agent.status_text import WORDS, Language
from microsip_manager.agent.telephone import Line, line_of, shown_version
from microsip_manager.agent.windows.closing import close
from microsip_manager.agent.windows.dnd_button import WindowDndButton
from microsip_manager.agent.windows.file_version import file_version
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.phone_windows import glance, glance_without_asking, whole_glance
from microsip_manager.agent.windows.telephone import WindowTelephone
from microsip_manager.agent.windows.window_search import MainWindow
from microsip_manager.clock import Clock
from microsip_manager.wire.phone_state import PhoneState
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
        self._clock = clock
        version = file_version(main.program)
        self._version = shown_version(version)
        # MicroSIP, too, reads its language file once, at its start.
        self._language = Language(translated(Path(main.program).parent, WORDS, ANSI) if main.program else {})
        self._reading = Reading()
        self._reading_lock = threading.Lock()
        self._telephone = WindowTelephone(main, version, send, self._line)
        self._button = WindowDndButton(main, send, self._why_no_button)
        self._switch = DndSwitch(self._button, clock.monotonic, wait)

    def look(self) -> PhoneView:
        view = self._look_at_the_button()
        return replace(view, phone=self._phone(view.trouble)) if view.running else view

    def _look_at_the_button(self) -> PhoneView:
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

    def _phone(self, trouble: Trouble | None) -> PhoneState:
        if trouble in (Trouble.HUNG, Trouble.DENIED):
            seen = glance_without_asking(self.main)
        else:
            seen = glance(self.main, self._send, self._clock.monotonic)
        return self._read(seen, self._ini_beside()).state

    def _line(self) -> Line:
        """The line as it is now; raises as `MessageSender` does."""
        seen, ini = whole_glance(self.main, self._send, self._clock.monotonic), self._ini_beside()
        return line_of(self._read(seen, ini), seen.text or "", single_mode=ini.answering.single_call)

    def _read(self, seen: Glance, ini: IniSays) -> Reading:
        with self._reading_lock:
            self._reading = read_phone(self._reading, seen, ini, self._version, self._language, self._clock.now())
            return self._reading

    def _ini_beside(self) -> IniSays:
        try:
            view = self._ini.view() if self._ini else None
        except DamagedIni:
            view = None
        if view is None:
            return IniSays()
        return IniSays(view.deny_incoming, view.answering, view.calls[-1] if view.calls else None)

    def _extension(self) -> tuple[str, str]:
        """The extension, and what is wrong with the ini; one of them is empty."""
        if self._ini is None:
            return "", NO_INI
        try:
            return self._ini.view().extension, ""
        except DamagedIni as error:
            return "", str(error)

    def _why_no_button(self) -> str:
        version = f" {self._version}" if self._version else ""
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
