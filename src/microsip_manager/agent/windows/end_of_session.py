"""Windows ends the agent: the console window is closed, the user signs out, the PC shuts down, or `taskkill` asks.

Each way leaves a program about five seconds, in which the agent tells its server that it goes. Sign-out and shutdown
come as messages to a window: as soon as a program uses windows at all, Windows tells its console handler only of a
closed console. The window needs a thread that handles its messages; it is never shown.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import wintypes

log = logging.getLogger(__name__)

WINDOW_CLASS = "MicroSIP Manager agent"

FAREWELL_SECONDS = 4.5
"""Windows ends a program that takes five to answer."""

WS_POPUP = 0x80000000
CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT = 2, 5, 6
WM_CLOSE, WM_ENDSESSION, WM_QUIT = 0x0010, 0x0016, 0x0012

_ConsoleHandler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
_WindowProcedure = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)


class _WindowClass(ctypes.Structure):
    _fields_ = (
        ("style", wintypes.UINT),
        ("procedure", _WindowProcedure),
        ("class_extra", ctypes.c_int),
        ("window_extra", ctypes.c_int),
        ("instance", wintypes.HINSTANCE),
        ("icon", wintypes.HICON),
        ("cursor", wintypes.HANDLE),
        ("background", wintypes.HBRUSH),
        ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    )


_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_set_console_handler = _kernel32.SetConsoleCtrlHandler
_set_console_handler.argtypes = [_ConsoleHandler, wintypes.BOOL]
_user32 = ctypes.WinDLL("user32", use_last_error=True)
_register_class = _user32.RegisterClassW
_register_class.argtypes = [ctypes.POINTER(_WindowClass)]
_unregister_class = _user32.UnregisterClassW
_unregister_class.argtypes = [wintypes.LPCWSTR, wintypes.HINSTANCE]
_create_window = _user32.CreateWindowExW
_create_window.restype = wintypes.HWND
_create_window.argtypes = [
    wintypes.DWORD,
    wintypes.LPCWSTR,
    wintypes.LPCWSTR,
    wintypes.DWORD,
    *[ctypes.c_int] * 4,
    wintypes.HWND,
    wintypes.HMENU,
    wintypes.HINSTANCE,
    wintypes.LPVOID,
]
_destroy_window = _user32.DestroyWindow
_destroy_window.argtypes = [wintypes.HWND]
_default_procedure = _user32.DefWindowProcW
_default_procedure.restype = ctypes.c_ssize_t
_default_procedure.argtypes = [wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
_get_message = _user32.GetMessageW
_get_message.argtypes = [ctypes.POINTER(wintypes.MSG), wintypes.HWND, wintypes.UINT, wintypes.UINT]
_dispatch_message = _user32.DispatchMessageW
_dispatch_message.argtypes = [ctypes.POINTER(wintypes.MSG)]
_post_thread_message = _user32.PostThreadMessageW
_post_thread_message.argtypes = [wintypes.DWORD, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]


@contextmanager
def ended_by_windows(end: Callable[[], None]) -> Iterator[None]:
    """Call `end`, on any thread, when Windows ends this program, and hold Windows back until the `with` is left."""
    gone = threading.Event()

    def end_in_order() -> None:
        end()
        gone.wait(FAREWELL_SECONDS)

    with _console_handler(end_in_order), _session_window(end, end_in_order):
        try:
            yield
        finally:
            gone.set()


@contextmanager
def _console_handler(end_in_order: Callable[[], None]) -> Iterator[None]:
    handler = _ConsoleHandler(console_handler(end_in_order))
    _set_console_handler(handler, True)
    try:
        yield
    finally:
        _set_console_handler(handler, False)


def console_handler(end_in_order: Callable[[], None]) -> Callable[[int], bool]:
    """What Windows asks, on a thread of its own; the program ends when it has answered."""

    def handle(event: int) -> bool:
        if event not in (CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT):
            return False  # Ctrl-C and Ctrl-Break are signals, which Python handles
        end_in_order()
        return True

    return handle


@contextmanager
def _session_window(end: Callable[[], None], end_in_order: Callable[[], None]) -> Iterator[None]:
    def procedure(window: int, message: int, wparam: int, lparam: int) -> int:
        if message == WM_ENDSESSION and wparam:
            end_in_order()
            return 0
        if message == WM_CLOSE:
            end()
            return 0
        return int(_default_procedure(window, message, wparam, lparam))

    there = threading.Event()
    thread = threading.Thread(target=_keep_window, args=(procedure, there), name="agent-session", daemon=True)
    thread.start()
    there.wait()
    try:
        yield
    finally:
        _post_thread_message(thread.native_id, WM_QUIT, 0, 0)
        thread.join()


def _keep_window(procedure: Callable[[int, int, int, int], int], there: threading.Event) -> None:
    """Have the window until this thread is told to quit. `there` is set when there is something to be told."""
    described = _WindowClass(procedure=_WindowProcedure(procedure), name=WINDOW_CLASS)
    message = wintypes.MSG()
    _register_class(ctypes.byref(described))
    # A window of the top level, for others are not told of the end of the session; without a frame to be drawn.
    window = _create_window(0, WINDOW_CLASS, WINDOW_CLASS, WS_POPUP, 0, 0, 0, 0, None, None, None, None)
    if not window:
        log.warning("the end of the session will come unnoticed: Windows refused a window")
    there.set()
    while _get_message(ctypes.byref(message), None, 0, 0) > 0:
        _dispatch_message(ctypes.byref(message))
    _destroy_window(window)
    _unregister_class(WINDOW_CLASS, None)
