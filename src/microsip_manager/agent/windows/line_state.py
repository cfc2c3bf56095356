"""What can be seen of the telephone line of one MicroSIP: whether it is registered, and whether there is a call."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Collection

import pywintypes
import win32con
import win32gui

from microsip_manager.agent.telephone import Line, shows_a_call
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.window_search import MainWindow

STATUS_BAR = 59393
END_BUTTON = 1055
ANSWER_BUTTON, DECLINE_BUTTON, CALLER = 1000, 1032, 1025
"""Parts of the box that MicroSIP opens for each call that rings."""

WM_GETTEXT = 0x000D
TEXT_SIZE = 512
READ_SECONDS = 1.0

REGISTERED = ("Online", "Away", "Do Not Disturb", "Call Forwarding")
"""What the status bar of a registered MicroSIP shows, in English."""

_ADDITION = re.compile(r" \([^()]*\)$")
"""Such as ` (Auto Answer)`."""


def line_state(main: MainWindow, send: MessageSender, single_mode: bool, registered: Collection[str]) -> Line:
    """The line now; `registered` are the texts that say so. Raises what `send` raises."""
    shows = _status_text(main.handle, send)
    in_call = shows_a_call(shows) or _rings(main.handle) or (single_mode and _shows_end(main))
    return Line(_ADDITION.sub("", shows) in registered, in_call, single_mode, shows)


def _status_text(main: int, send: MessageSender) -> str:
    bar = _item(main, STATUS_BAR)
    if not bar:
        return ""
    # Only a message gets the text of a window of another program.
    text = ctypes.create_unicode_buffer(TEXT_SIZE)
    send(bar, WM_GETTEXT, TEXT_SIZE, ctypes.addressof(text), READ_SECONDS)
    return text.value


def _shows_end(main: MainWindow) -> bool:
    """Whether the button that ends a call is there, which it is in single mode only. The page may be hidden."""
    button = _item(main.dialer_page(), END_BUTTON)
    try:
        return bool(button) and bool(win32gui.GetWindowLong(button, win32con.GWL_STYLE) & win32con.WS_VISIBLE)
    except pywintypes.error:
        return False


def _rings(main: int) -> bool:
    boxes: list[int] = []

    def look(window: int, _: object) -> bool:
        if _owner(window) == main and all(_item(window, part) for part in (ANSWER_BUTTON, DECLINE_BUTTON, CALLER)):
            boxes.append(window)
        return True

    win32gui.EnumWindows(look, None)
    return bool(boxes)


def _owner(window: int) -> int:
    try:
        owner: int = win32gui.GetWindow(window, win32con.GW_OWNER)
    except pywintypes.error:
        return 0
    return owner


def _item(window: int, part: int) -> int:
    try:
        found: int = win32gui.GetDlgItem(window, part)
    except pywintypes.error:
        return 0
    return found
