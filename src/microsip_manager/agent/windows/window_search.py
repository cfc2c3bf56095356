"""Finding MicroSIP's main windows and the parts of them that the agent uses. No message is sent here.

It asks Windows without pywin32's `win32gui`, which brings in the common controls and dialogs: ten megabytes, of which
an agent that only looks for a window needs nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import wintypes
from dataclasses import dataclass

from microsip_manager.agent.windows.process_path import process_path

DIALOG_CLASS = "#32770"

CALL_BUTTON = 1022
CALLS_LIST = 1027
CONTACTS_LIST = 1030
DND_BUTTON = 1002
AUTO_ANSWER_BUTTON = 1001
FORWARD_BUTTON = 1014
END_BUTTON = 1055
STATUS_BAR = 59393
ANSWER_BUTTON = 1000
DECLINE_BUTTON = 1032
CALLER_TEXT = 1025
"""In an incoming call box."""

GW_OWNER = 4
GWL_STYLE = -16
WS_VISIBLE = 0x10000000
LONGEST_CLASS = 256

WindowKey = tuple[int, int]
"""Handle and process: Windows gives either of them away again, but hardly both together."""

_user32 = ctypes.WinDLL("user32")
_find_window = _user32.FindWindowExW
_find_window.restype = wintypes.HWND
_find_window.argtypes = [wintypes.HWND, wintypes.HWND, wintypes.LPCWSTR, wintypes.LPCWSTR]
_visitor = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
_enum_windows = _user32.EnumWindows
_enum_windows.argtypes = [_visitor, wintypes.LPARAM]
_class_name = _user32.GetClassNameW
_class_name.argtypes = [wintypes.HWND, wintypes.LPWSTR, ctypes.c_int]
_related_window = _user32.GetWindow
_related_window.restype = wintypes.HWND
_related_window.argtypes = [wintypes.HWND, wintypes.UINT]
_dialog_item = _user32.GetDlgItem
_dialog_item.restype = wintypes.HWND
_dialog_item.argtypes = [wintypes.HWND, ctypes.c_int]
_window_long = _user32.GetWindowLongW
_window_long.restype = wintypes.LONG
_window_long.argtypes = [wintypes.HWND, ctypes.c_int]
_process_of_window = _user32.GetWindowThreadProcessId
_process_of_window.restype = wintypes.DWORD
_process_of_window.argtypes = [wintypes.HWND, wintypes.LPDWORD]


@dataclass(frozen=True)
class MainWindow:
    """The main window of one running MicroSIP."""

    handle: int
    process: int
    program: str
    """Full path of the program file; empty when Windows does not tell."""

    @property
    def key(self) -> WindowKey:
        return self.handle, self.process

    def is_there(self) -> bool:
        """Whether it still exists; a handle that another process has got meanwhile is not it."""
        return process_of(self.handle) == self.process

    def dialer_page(self) -> int:
        """The page with the call button, also when another one is selected; 0 if there is none."""
        return _page_with(self.handle, CALL_BUTTON)

    def status_bar(self) -> int:
        """0 if there is none."""
        return control_of(self.handle, STATUS_BAR)

    def call_boxes(self) -> list[int]:
        """The incoming call boxes, one for each call that rings, the hidden ones too."""
        return [
            dialog
            for dialog in _windows_of_class(None, DIALOG_CLASS)
            if _related_window(dialog, GW_OWNER) == self.handle
            and all(control_of(dialog, part) for part in (ANSWER_BUTTON, DECLINE_BUTTON, CALLER_TEXT))
        ]

    def dnd_button(self) -> int:
        """The DND button as it is now: MicroSIP re-creates it. 0 if there is none."""
        return control_of(self.dialer_page(), DND_BUTTON)


def control_of(window: int, control: int) -> int:
    """A control of a window as it is now; 0 if there is none, or no window."""
    return (_dialog_item(window, control) or 0) if window else 0


def is_shown(window: int) -> bool:
    """Whether a control is meant to be seen, also on a page or in a window that is hidden itself."""
    return bool(_window_long(window, GWL_STYLE) & WS_VISIBLE)


def find_main_windows(window_class: str) -> list[MainWindow]:
    """All MicroSIPs of this session, hidden ones too, in an order that stays the same while they run."""
    if not _find_window(None, None, window_class, None):
        # No window has the class at all: one question to Windows instead of one about each window there is.
        return []
    found = [main_window(handle) for handle in _top_level_windows() if _is_main_window(handle, window_class)]
    return sorted(found, key=lambda window: (window.program.lower(), window.process, window.handle))


def main_window(handle: int) -> MainWindow:
    process = process_of(handle)
    return MainWindow(handle, process, process_path(process))


def process_of(handle: int) -> int:
    """The process that owns a window; 0 when the window is gone."""
    process = wintypes.DWORD(0)
    _process_of_window(handle, ctypes.byref(process))
    return process.value


def _top_level_windows() -> list[int]:
    handles: list[int] = []

    def keep(handle: int, _: int) -> bool:
        handles.append(handle)
        return True

    _enum_windows(_visitor(keep), 0)
    return handles


def _is_main_window(handle: int, window_class: str) -> bool:
    """Class names of windows ignore case, MicroSIP itself does not. A class alone proves nothing: pages do."""
    if _class_of(handle) != window_class or _related_window(handle, GW_OWNER):
        return False
    return all(_page_with(handle, part) for part in (CALL_BUTTON, CALLS_LIST, CONTACTS_LIST))


def _class_of(handle: int) -> str:
    """Empty when the window is gone."""
    name = ctypes.create_unicode_buffer(LONGEST_CLASS)
    return name.value if _class_name(handle, name, LONGEST_CLASS) else ""


def _page_with(main: int, part: int) -> int:
    return next((page for page in _pages(main) if control_of(page, part)), 0)


def _pages(main: int) -> Iterator[int]:
    """The pages are direct children of one class and without ids."""
    return _windows_of_class(main, DIALOG_CLASS)


def _windows_of_class(parent: int | None, window_class: str) -> Iterator[int]:
    """The direct children of this class; of None, the top-level windows."""
    window = None
    while window := _find_window(parent, window, window_class, None):
        yield window
