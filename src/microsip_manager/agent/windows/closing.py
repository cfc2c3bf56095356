"""Ending a MicroSIP as its user would: it unregisters and saves its settings. It is never killed."""

from __future__ import annotations

from contextlib import suppress

import pywintypes
import win32api
import win32con
import win32event

from microsip_manager.agent.boundaries import TelephoneResult
from microsip_manager.agent.errors import PhoneError, PhoneGone, PhoneHung
from microsip_manager.agent.telephone import result_of
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.window_search import MainWindow
from microsip_manager.wire.telephone import TelephoneOutcome

WM_CLOSE = 0x0010
SEND_SECONDS = 4.0
"""MicroSIP unregisters before it answers."""

END_SECONDS = 3.0


class _Process:
    """A process to wait for; where Windows gives no access to it, its window stands for it."""

    def __init__(self, main: MainWindow) -> None:
        self._main = main
        self._handle: object = None
        with suppress(pywintypes.error):
            self._handle = win32api.OpenProcess(win32con.SYNCHRONIZE, False, main.process)

    def ends_within(self, seconds: float) -> bool:
        if self._handle is None:
            return not self._main.is_there()
        waited: int = win32event.WaitForSingleObject(self._handle, int(seconds * 1000))  # type: ignore[arg-type] # its stub wants an int
        return waited == win32event.WAIT_OBJECT_0


def close(main: MainWindow, send: MessageSender) -> TelephoneResult:
    """Have it end, and wait a while for that."""
    process = _Process(main)
    try:
        send(main.handle, WM_CLOSE, 0, 0, SEND_SECONDS)
    except PhoneGone:
        pass
    except PhoneHung as error:
        # The time may have run out because it was busy with ending.
        if not process.ends_within(END_SECONDS):
            return result_of(error)
    except PhoneError as error:
        return result_of(error)
    if process.ends_within(END_SECONDS):
        return TelephoneResult(TelephoneOutcome.DONE)
    return TelephoneResult(TelephoneOutcome.TAKEN, "MicroSIP has been told to end, and has not ended yet")
