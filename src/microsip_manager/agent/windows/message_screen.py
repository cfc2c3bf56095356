"""The user's desktop, for one message at a time: a window with a message loop of its own on the thread that asks."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import TYPE_CHECKING

import pywintypes
import win32event

from microsip_manager.agent.boundaries import Ending
from microsip_manager.agent.errors import NoScreen
from microsip_manager.wire.messages import DisplayMessage, MessageState

if TYPE_CHECKING:
    from microsip_manager.agent.windows.message_window import MessageWindow

LONGEST_WAIT = 60_000
"""Milliseconds; no time-out is further away than the next look at the clock."""

PM_REMOVE = 1
PER_MONITOR_AWARE_V2 = -4

_user32 = ctypes.WinDLL("user32", use_last_error=True)
_is_dialog_message = _user32.IsDialogMessageW
_is_dialog_message.restype = wintypes.BOOL
_is_dialog_message.argtypes = [wintypes.HWND, ctypes.POINTER(wintypes.MSG)]
_set_thread_dpi_awareness = _user32.SetThreadDpiAwarenessContext
_set_thread_dpi_awareness.restype = ctypes.c_void_p
_set_thread_dpi_awareness.argtypes = [ctypes.c_void_p]
_peek_message = _user32.PeekMessageW
_peek_message.restype = wintypes.BOOL
_peek_message.argtypes = [ctypes.POINTER(wintypes.MSG), wintypes.HWND, wintypes.UINT, wintypes.UINT, wintypes.UINT]
_translate_message = _user32.TranslateMessage
_translate_message.argtypes = [ctypes.POINTER(wintypes.MSG)]
_dispatch_message = _user32.DispatchMessageW
_dispatch_message.argtypes = [ctypes.POINTER(wintypes.MSG)]


class WindowsScreen:
    """The `MessageScreen` of a PC."""

    def __init__(self) -> None:
        self._dismissed = win32event.CreateEvent(None, True, False, None)

    def show(self, message: DisplayMessage, visible: Callable[[], None]) -> Ending:
        # With it come the common controls and dialogs of Windows, which a PC that gets no message does without.
        from microsip_manager.agent.windows.message_window import MessageWindow

        try:
            with _sharp_on_every_monitor(), MessageWindow(message) as window:
                window.appear()
                self._pump(window)
                if not window.is_visible():
                    raise NoScreen("Windows does not show the window")
                visible()
                return self._wait(window, message.timeout)
        except pywintypes.error as error:
            raise NoScreen(f"Windows refused a window (error {error.winerror}: {error.strerror})") from None

    def dismiss(self) -> None:
        win32event.SetEvent(self._dismissed)

    def _wait(self, window: MessageWindow, timeout: float | None) -> Ending:
        """How it ended: by its user, by time, or with the agent."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while window.ending is None:
            if win32event.WaitForSingleObject(self._dismissed, 0) == win32event.WAIT_OBJECT_0:
                return Ending(MessageState.CLOSED, detail="the agent was stopped")
            left = LONGEST_WAIT if deadline is None else int((deadline - time.monotonic()) * 1000) + 1
            if left <= 0:
                return Ending(MessageState.TIMEOUT)
            win32event.MsgWaitForMultipleObjects(
                [self._dismissed], False, min(left, LONGEST_WAIT), win32event.QS_ALLINPUT
            )
            self._pump(window)
        return window.ending

    def _pump(self, window: MessageWindow) -> None:
        """Handle what has come; Tab, Enter and Esc as in every dialog."""
        message = wintypes.MSG()
        while _peek_message(ctypes.byref(message), None, 0, 0, PM_REMOVE):
            if window.ending is None and _is_dialog_message(window.handle, ctypes.byref(message)):
                continue
            _translate_message(ctypes.byref(message))
            _dispatch_message(ctypes.byref(message))


@contextmanager
def _sharp_on_every_monitor() -> Iterator[None]:
    """Windows of this thread draw themselves at the resolution of their monitor instead of being blown up."""
    before = _set_thread_dpi_awareness(PER_MONITOR_AWARE_V2)
    try:
        yield
    finally:
        if before:
            _set_thread_dpi_awareness(before)
