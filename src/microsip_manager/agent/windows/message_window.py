"""The window of one message: a sign, a title, the text and the buttons."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import win32api
import win32con
import win32gui

from microsip_manager.agent.boundaries import Ending
from microsip_manager.agent.message_layout import (
    DOTS,
    FROM_TOP,
    MARGIN,
    Box,
    Layout,
    Measures,
    layout,
    scaled,
    text_width,
)
from microsip_manager.agent.windows.look import Fonts, brush, caption, dpi_of, outer_size, work_area
from microsip_manager.wire.messages import DisplayMessage, MessageState, Severity

gui: Any = win32gui  # its stub takes rectangles, handles and fields for what they are not

WINDOW_CLASS = "MicroSIP Manager message"
FIRST_BUTTON = 100
TEXT = 90

DEAF_SECONDS = 0.5
"""A click that comes sooner was on its way to what was there before the window."""

WM_DPICHANGED = 0x02E0
BOTH_MARGINS = 3

SIGNS = {
    Severity.INFO: win32con.IDI_INFORMATION,
    Severity.WARNING: win32con.IDI_WARNING,
    Severity.ERROR: win32con.IDI_ERROR,
}
STYLE = win32con.WS_POPUP | win32con.WS_CAPTION | win32con.WS_SYSMENU | win32con.WS_CLIPCHILDREN
# It is never activated by itself, so it takes no keys from whoever is typing; in the taskbar it can be chosen.
STYLE_EX = win32con.WS_EX_TOPMOST | win32con.WS_EX_NOACTIVATE | win32con.WS_EX_APPWINDOW
CHILD_STYLE = win32con.WS_CHILD | win32con.WS_VISIBLE
BUTTON_STYLE = CHILD_STYLE | win32con.WS_TABSTOP
EDIT_STYLE = CHILD_STYLE | win32con.ES_MULTILINE | win32con.ES_READONLY
# Text is text: an ampersand underlines nothing, and a word longer than the line goes on in the next one.
TITLE_STYLE = win32con.DT_WORDBREAK | win32con.DT_EDITCONTROL | win32con.DT_NOPREFIX


class MessageWindow:
    """Exists inside a `with`; all on one thread. Raises `pywintypes.error`."""

    def __init__(self, message: DisplayMessage) -> None:
        self.ending: Ending | None = None
        """How its user ended it."""
        self._message = message
        self._instance: Any = win32api.GetModuleHandle(None)
        self._sign: Any = gui.LoadIcon(0, SIGNS[message.severity])
        self._shown_at = 0.0
        self._class: Any = None
        self._fonts = Fonts(DOTS)
        self._layout: Layout
        self._text = 0
        self.handle = 0
        self._handlers: dict[int, Callable[[int], int]] = {}

    def __enter__(self) -> MessageWindow:
        described = gui.WNDCLASS()
        described.lpszClassName = WINDOW_CLASS
        described.hInstance = self._instance
        described.hCursor = gui.LoadCursor(0, win32con.IDC_ARROW)
        described.lpfnWndProc = self._handle
        self._class = gui.RegisterClass(described)
        try:
            left, top, _, _ = work_area()
            # On the right monitor from the beginning: its resolution decides all sizes.
            self.handle = gui.CreateWindowEx(
                STYLE_EX, self._class, caption(), STYLE, left, top, 10, 10, 0, 0, self._instance, None
            )
            for place, label in enumerate(self._message.buttons):
                # In a label a single ampersand would underline what follows.
                self._child("BUTTON", label.replace("&", "&&"), BUTTON_STYLE, FIRST_BUTTON + place)
            self._arrange()
            for size in (win32con.ICON_SMALL, win32con.ICON_BIG):
                gui.SendMessage(self.handle, win32con.WM_SETICON, size, self._sign)
            self._handlers = {
                win32con.WM_COMMAND: self._command,
                win32con.WM_CLOSE: self._close,
                win32con.WM_ACTIVATE: self._activated,
                win32con.WM_PAINT: self._paint,
                win32con.WM_ERASEBKGND: lambda _: 1,  # painting covers all of it
                win32con.WM_CTLCOLORSTATIC: self._text_colours,
                win32con.DM_GETDEFID: self._default_button,
                WM_DPICHANGED: self._monitor_changed,
            }
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.handle:
            gui.DestroyWindow(self.handle)
        self._fonts.free()
        gui.UnregisterClass(self._class, self._instance)

    def appear(self) -> None:
        """Come to the front without taking the focus."""
        left, top, right, bottom = work_area()
        width, height = self._outer_size()
        x = max(left, right - width - scaled(MARGIN, dpi_of(self.handle)))
        y = max(top, min(top + round((bottom - top) * FROM_TOP), bottom - height))
        flags = win32con.SWP_NOACTIVATE | win32con.SWP_SHOWWINDOW
        gui.SetWindowPos(self.handle, win32con.HWND_TOPMOST, x, y, width, height, flags)
        gui.UpdateWindow(self.handle)
        self._shown_at = time.monotonic()
        if self._message.severity is not Severity.INFO:
            gui.MessageBeep(win32con.MB_ICONWARNING)

    def is_visible(self) -> bool:
        return bool(gui.IsWindowVisible(self.handle))

    def _handle(self, window: int, message: int, wparam: int, lparam: int) -> int:
        """The window procedure."""
        own = self._handlers.get(message)
        return own(wparam) if own else int(gui.DefWindowProc(window, message, wparam, lparam))

    def _command(self, wparam: int) -> int:
        place = win32api.LOWORD(wparam) - FIRST_BUTTON
        if self.ending or time.monotonic() - self._shown_at < DEAF_SECONDS:
            return 0
        if 0 <= place < len(self._message.buttons):
            self.ending = Ending(MessageState.ANSWERED, self._message.buttons[place])
        elif win32api.LOWORD(wparam) == win32con.IDCANCEL:  # the Esc key
            self.ending = Ending(MessageState.CLOSED)
        return 0

    def _close(self, _: int) -> int:
        self.ending = self.ending or Ending(MessageState.CLOSED)
        return 0

    def _activated(self, wparam: int) -> int:
        """Its user has come to it, so its keys work now."""
        if win32api.LOWORD(wparam):
            gui.SetFocus(gui.GetDlgItem(self.handle, FIRST_BUTTON))
        return 0

    def _default_button(self, _: int) -> int:
        """Enter presses the button that has the focus."""
        focused: int = gui.GetDlgCtrlID(gui.GetFocus() or 0)
        return win32con.DC_HASDEFID << 16 | focused

    def _monitor_changed(self, _: int) -> int:
        self._arrange()
        keep = win32con.SWP_NOMOVE | win32con.SWP_NOZORDER | win32con.SWP_NOACTIVATE
        gui.SetWindowPos(self.handle, 0, 0, 0, *self._outer_size(), keep)
        return 0

    def _text_colours(self, device: int) -> int:
        gui.SetBkColor(device, win32api.GetSysColor(win32con.COLOR_WINDOW))
        gui.SetTextColor(device, win32api.GetSysColor(win32con.COLOR_WINDOWTEXT))
        return brush(win32con.COLOR_WINDOW)

    def _paint(self, _: int) -> int:
        device, about = gui.BeginPaint(self.handle)
        at = self._layout
        gui.FillRect(device, _rectangle(Box(0, 0, at.width, at.band.y)), brush(win32con.COLOR_WINDOW))
        gui.FillRect(device, _rectangle(at.band), brush(win32con.COLOR_BTNFACE))
        gui.DrawIconEx(
            device, at.icon.x, at.icon.y, self._sign, at.icon.width, at.icon.height, 0, None, win32con.DI_NORMAL
        )
        gui.SelectObject(device, self._fonts.title)
        gui.SetBkMode(device, win32con.TRANSPARENT)
        gui.SetTextColor(device, win32api.GetSysColor(win32con.COLOR_WINDOWTEXT))
        gui.DrawText(device, self._message.plain_title, -1, _rectangle(at.title), TITLE_STYLE)
        gui.EndPaint(self.handle, about)
        return 0

    def _arrange(self) -> None:
        """Size and place everything for the monitor the window is on."""
        self._fonts.free()
        self._fonts = Fonts(dpi_of(self.handle))
        self._layout = layout(self._measures())
        if self._layout.scrolls:
            self._make_text(self._layout.text, win32con.WS_VSCROLL)
        else:
            _place(self._text, self._layout.text)
        for place, box in enumerate(self._layout.buttons):
            button = gui.GetDlgItem(self.handle, FIRST_BUTTON + place)
            gui.SendMessage(button, win32con.WM_SETFONT, self._fonts.text, 1)
            _place(button, box)
        gui.InvalidateRect(self.handle, None, True)

    def _measures(self) -> Measures:
        fonts, width = self._fonts, text_width(self._fonts.dpi)
        self._make_text(Box(0, 0, width, fonts.line_height))
        lines = gui.SendMessage(self._text, win32con.EM_GETLINECOUNT, 0, 0)
        _, top, _, bottom = work_area()
        return Measures(
            fonts.dpi,
            title_height=fonts.height(fonts.title, self._message.plain_title, width, TITLE_STYLE),
            text_height=lines * fonts.line_height,
            label_widths=[fonts.width(fonts.text, label) for label in self._message.buttons],
            screen_height=bottom - top,
        )

    def _make_text(self, box: Box, scroll_bar: int = 0) -> None:
        """The text as a field that can be read, selected and copied; only when it is too long with a scroll bar."""
        if self._text:
            gui.DestroyWindow(self._text)
        self._text = self._child("EDIT", "", EDIT_STYLE | scroll_bar, TEXT)
        _place(self._text, box)
        gui.SendMessage(self._text, win32con.WM_SETFONT, self._fonts.text, 0)
        gui.SendMessage(self._text, win32con.EM_SETMARGINS, BOTH_MARGINS, 0)
        # Last, because each change of size or font breaks the lines anew.
        gui.SetWindowText(self._text, "\r\n".join(self._message.lines))

    def _child(self, kind: str, text: str, style: int, id: int) -> int:
        made: int = gui.CreateWindowEx(0, kind, text, style, 0, 0, 10, 10, self.handle, id, self._instance, None)
        return made

    def _outer_size(self) -> tuple[int, int]:
        return outer_size(self._layout.width, self._layout.height, STYLE, STYLE_EX, self._fonts.dpi)


def _place(window: int, box: Box) -> None:
    gui.MoveWindow(window, box.x, box.y, box.width, box.height, True)


def _rectangle(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.x + box.width, box.y + box.height
