"""Finding MicroSIP's main windows and the parts of them that the agent uses. No message is sent here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ParamSpec

import pywintypes
import win32con
import win32gui
import win32process

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

P = ParamSpec("P")

WindowKey = tuple[int, int]
"""Handle and process: Windows gives either of them away again, but hardly both together."""


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
            for dialog in _windows_of_class(0, DIALOG_CLASS)
            if _or_zero(win32gui.GetWindow, dialog, win32con.GW_OWNER) == self.handle
            and all(control_of(dialog, part) for part in (ANSWER_BUTTON, DECLINE_BUTTON, CALLER_TEXT))
        ]

    def dnd_button(self) -> int:
        """The DND button as it is now: MicroSIP re-creates it. 0 if there is none."""
        return control_of(self.dialer_page(), DND_BUTTON)


def control_of(window: int, control: int) -> int:
    """A control of a window as it is now; 0 if there is none, or no window."""
    return _or_zero(win32gui.GetDlgItem, window, control) if window else 0


def is_shown(window: int) -> bool:
    """Whether a control is meant to be seen, also on a page or in a window that is hidden itself."""
    return bool(_or_zero(win32gui.GetWindowLong, window, win32con.GWL_STYLE) & win32con.WS_VISIBLE)


def find_main_windows(window_class: str) -> list[MainWindow]:
    """All MicroSIPs of this session, hidden ones too, in an order that stays the same while they run."""
    if not _or_zero(win32gui.FindWindow, window_class, None):
        # No window has the class at all: one question to Windows instead of one about each window there is.
        return []
    found = [main_window(handle) for handle in _top_level_windows() if _is_main_window(handle, window_class)]
    return sorted(found, key=lambda window: (window.program.lower(), window.process, window.handle))


def main_window(handle: int) -> MainWindow:
    process = process_of(handle)
    return MainWindow(handle, process, process_path(process))


def process_of(handle: int) -> int:
    """The process that owns a window; 0 when the window is gone."""
    try:
        return win32process.GetWindowThreadProcessId(handle)[1]
    except pywintypes.error:
        return 0


def _top_level_windows() -> list[int]:
    handles: list[int] = []

    def keep(handle: int, _: object) -> bool:
        handles.append(handle)
        return True

    win32gui.EnumWindows(keep, None)
    return handles


def _is_main_window(handle: int, window_class: str) -> bool:
    """Class names of windows ignore case, MicroSIP itself does not. A class alone proves nothing: pages do."""
    if _class_of(handle) != window_class or _or_zero(win32gui.GetWindow, handle, win32con.GW_OWNER):
        return False
    return all(_page_with(handle, part) for part in (CALL_BUTTON, CALLS_LIST, CONTACTS_LIST))


def _class_of(handle: int) -> str:
    try:
        return win32gui.GetClassName(handle) or ""
    except pywintypes.error:
        return ""


def _page_with(main: int, part: int) -> int:
    return next((page for page in _pages(main) if control_of(page, part)), 0)


def _pages(main: int) -> Iterator[int]:
    """The pages are direct children of one class and without ids."""
    return _windows_of_class(main, DIALOG_CLASS)


def _windows_of_class(parent: int, window_class: str) -> Iterator[int]:
    """The direct children of this class; of 0, the top-level windows."""
    window = 0
    while window := _or_zero(win32gui.FindWindowEx, parent, window, window_class, None):
        yield window


def _or_zero(call: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
    """The window found; 0 when there is none, which pywin32 tells by an exception."""
    try:
        return call(*args, **kwargs)
    except pywintypes.error:
        return 0
