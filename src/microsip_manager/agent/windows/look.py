"""How a window looks on this PC: fonts, colours, resolution, room, language."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any

import pywintypes
import win32api
import win32con
import win32gui

from microsip_manager.agent.message_layout import DOTS

gui: Any = win32gui  # its stub takes rectangles, handles and fields for what they are not

FACE = "Segoe UI"
"""The font of Windows' own windows. Where it is missing Windows takes one that comes near."""

TEXT_POINTS, TITLE_POINTS = 10, 12
POINTS_PER_INCH = 72
SEMIBOLD = 600
CLEARTYPE = 5

RUSSIAN = 0x19
"""Primary language of a Windows in Russian."""

_user32 = ctypes.WinDLL("user32", use_last_error=True)
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_get_sys_color_brush = _user32.GetSysColorBrush
_get_sys_color_brush.restype = ctypes.c_size_t
_get_sys_color_brush.argtypes = [ctypes.c_int]


class Fonts:
    """The two fonts of a message at one resolution; to be freed."""

    def __init__(self, dpi: int) -> None:
        self.dpi = dpi
        self._objects = [_font(TEXT_POINTS, 400, dpi), _font(TITLE_POINTS, SEMIBOLD, dpi)]
        self.text, self.title = (int(font) for font in self._objects)
        self.line_height = self._measured(self.text, lambda device: gui.GetTextExtentPoint32(device, "Ag")[1])

    def free(self) -> None:
        self._objects.clear()

    def width(self, font: int, text: str) -> int:
        return int(self._measured(font, lambda device: gui.GetTextExtentPoint32(device, text)[0]))

    def height(self, font: int, text: str, width: int, style: int) -> int:
        """The height of a text that is broken into lines of this width; 0 for none."""
        if not text:
            return 0
        found = self._measured(
            font, lambda device: gui.DrawText(device, text, -1, (0, 0, width, 0), style | win32con.DT_CALCRECT)
        )
        return int(found[1][3])

    def _measured(self, font: int, measure: Any) -> Any:
        device = gui.GetDC(0)
        try:
            before = gui.SelectObject(device, font)
            found = measure(device)
            gui.SelectObject(device, before)
            return found
        finally:
            gui.ReleaseDC(0, device)


def _font(points: int, weight: int, dpi: int) -> Any:
    """A font that deletes itself when nobody holds it any more."""
    font = gui.LOGFONT()
    font.lfFaceName = FACE
    font.lfHeight = -round(points * dpi / POINTS_PER_INCH)
    font.lfWeight = weight
    font.lfCharSet = win32con.DEFAULT_CHARSET
    font.lfQuality = CLEARTYPE
    return gui.CreateFontIndirect(font)


def brush(colour: int) -> int:
    """The brush of a colour of the system, which keeps contrast for whoever has chosen it."""
    return int(_get_sys_color_brush(colour))


def dpi_of(window: int) -> int:
    """The resolution of the window's monitor."""
    if hasattr(_user32, "GetDpiForWindow"):
        return int(_user32.GetDpiForWindow(wintypes.HWND(window))) or DOTS
    return DOTS  # a Windows older than 1607 blows the window up itself


def outer_size(width: int, height: int, style: int, style_ex: int, dpi: int) -> tuple[int, int]:
    """The size of a window, with its frame, whose inside has this size."""
    box = wintypes.RECT(0, 0, width, height)
    if hasattr(_user32, "AdjustWindowRectExForDpi"):
        _user32.AdjustWindowRectExForDpi(ctypes.byref(box), wintypes.DWORD(style), False, wintypes.DWORD(style_ex), dpi)
    else:
        _user32.AdjustWindowRectEx(ctypes.byref(box), wintypes.DWORD(style), False, wintypes.DWORD(style_ex))
    return box.right - box.left, box.bottom - box.top


def work_area() -> tuple[int, int, int, int]:
    """The monitor on which the mouse is, without the taskbar: left, top, right, bottom."""
    try:
        at = win32api.GetCursorPos()
    except pywintypes.error:
        at = (0, 0)  # Windows does not tell while the screen is locked
    monitor: Any = win32api.MonitorFromPoint(at, win32con.MONITOR_DEFAULTTONEAREST)
    left, top, right, bottom = win32api.GetMonitorInfo(monitor)["Work"]
    return left, top, right, bottom


def caption() -> str:
    """Who speaks, in the language of this Windows: a message must not pass for one of Windows itself."""
    russian = _kernel32.GetUserDefaultUILanguage() & 0x3FF == RUSSIAN
    return "Сообщение администратора" if russian else "Message from your administrator"
