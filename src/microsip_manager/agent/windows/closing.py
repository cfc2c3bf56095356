"""Ending a MicroSIP as its user would: it unregisters and saves its settings. It is never killed."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import wintypes

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


SYNCHRONIZE = 0x00100000
WAIT_OBJECT_0 = 0

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_open_process = _kernel32.OpenProcess
_open_process.restype = wintypes.HANDLE
_open_process.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]
_wait_for = _kernel32.WaitForSingleObject
_wait_for.restype = wintypes.DWORD
_wait_for.argtypes = [wintypes.HANDLE, wintypes.DWORD]
_close_handle = _kernel32.CloseHandle
_close_handle.argtypes = [wintypes.HANDLE]


def close(main: MainWindow, send: MessageSender) -> TelephoneResult:
    """Have it end, and wait a while for that."""
    with _end_of(main) as has_ended:
        try:
            send(main.handle, WM_CLOSE, 0, 0, SEND_SECONDS)
        except PhoneGone:
            pass
        except PhoneHung as error:
            # The time may have run out because it was busy with ending.
            if not has_ended():
                return result_of(error)
        except PhoneError as error:
            return result_of(error)
        if has_ended():
            return TelephoneResult(TelephoneOutcome.DONE)
    return TelephoneResult(TelephoneOutcome.TAKEN, "MicroSIP has been told to end, and has not ended yet")


@contextmanager
def _end_of(main: MainWindow) -> Iterator[Callable[[], bool]]:
    """Whether its process has ended, after some waiting; without access to that, its window tells."""
    process = _open_process(SYNCHRONIZE, False, main.process)
    if not process:
        yield lambda: not main.is_there()
        return
    try:
        yield lambda: bool(_wait_for(process, int(END_SECONDS * 1000)) == WAIT_OBJECT_0)
    finally:
        _close_handle(process)
