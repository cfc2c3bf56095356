"""The message's window on a real Windows desktop: other programs press its buttons, and it takes no focus from them."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import win32api
import win32con
import win32gui

from microsip_manager.agent.boundaries import Ending
from microsip_manager.agent.windows.message_screen import WindowsScreen
from microsip_manager.agent.windows.message_window import DEAF_SECONDS, FIRST_BUTTON, TEXT, WINDOW_CLASS
from microsip_manager.wire.messages import DisplayMessage, MessageState, Severity
from tests.windows.inside.conftest import StartStandIn

PATIENCE = 90.0
"""Seconds for what must happen; Wine draws its first window slowly on a busy machine."""


class Shown:
    """A message on the screen, shown by a thread of its own as the agent's board does."""

    def __init__(self, screen: WindowsScreen, message: DisplayMessage) -> None:
        self.window = 0
        self.ending: Ending | None = None
        self._shown_or_refused = threading.Event()
        self._thread = threading.Thread(target=self._show, args=(screen, message))
        self._thread.start()
        assert self._shown_or_refused.wait(PATIENCE)
        assert self.window, "the window is there"

    def _show(self, screen: WindowsScreen, message: DisplayMessage) -> None:
        try:
            self.ending = screen.show(message, self._visible)
        finally:
            self._shown_or_refused.set()

    def _visible(self) -> None:
        self.window = win32gui.FindWindow(WINDOW_CLASS, None)
        self._shown_or_refused.set()

    def ended(self) -> Ending:
        self._thread.join(PATIENCE)
        assert self.ending is not None, "the message has ended"
        return self.ending

    def child(self, id: int) -> int:
        found: int = win32gui.GetDlgItem(self.window, id)
        return found

    def press(self, place: int) -> None:
        """Press a button as another program would, until it is heard: at first the window is deaf on purpose."""
        deadline = time.monotonic() + PATIENCE
        while self._thread.is_alive():
            assert time.monotonic() < deadline, "the button is heard"
            win32gui.PostMessage(self.child(FIRST_BUTTON + place), win32con.BM_CLICK, 0, 0)
            self._thread.join(0.1)


Show = Callable[[DisplayMessage], Shown]


@pytest.fixture
def screen() -> WindowsScreen:
    return WindowsScreen()


@pytest.fixture
def show(screen: WindowsScreen) -> Iterator[Show]:
    """Show messages, one at a time; none is left for the next test."""
    all_shown: list[Shown] = []

    def show(message: DisplayMessage) -> Shown:
        all_shown.append(Shown(screen, message))
        return all_shown[-1]

    yield show
    screen.dismiss()
    for shown in all_shown:
        shown.ended()


def text_of(window: int) -> str:
    gui: Any = win32gui  # its stub does not know that a buffer may be given
    size = gui.SendMessage(window, win32con.WM_GETTEXTLENGTH, 0, 0)
    buffer = ctypes.create_unicode_buffer(size + 1)
    ctypes.WinDLL("user32").SendMessageW(window, win32con.WM_GETTEXT, size + 1, buffer)
    return buffer.value


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_button_pressed_by_a_window_message_is_told(show: Show, place: int) -> None:
    labels = ["Да", "R&D", "Позже"]
    shown = show(DisplayMessage("Пойдёте?", buttons=labels))

    shown.press(place)

    assert shown.ended() == Ending(MessageState.ANSWERED, labels[place])


def test_a_click_that_was_meant_for_something_else_is_not_taken(show: Show) -> None:
    shown = show(DisplayMessage("Hello", timeout=DEAF_SECONDS + 0.5))

    win32gui.SendMessage(shown.child(FIRST_BUTTON), win32con.BM_CLICK, 0, 0)

    assert shown.ended().state is MessageState.TIMEOUT


def test_closing_the_window_is_closed(show: Show) -> None:
    shown = show(DisplayMessage("Hello"))

    win32gui.PostMessage(shown.window, win32con.WM_SYSCOMMAND, win32con.SC_CLOSE, 0)

    assert shown.ended() == Ending(MessageState.CLOSED)
    assert not win32gui.IsWindow(shown.window)


def test_a_time_out_closes_it_in_time(show: Show) -> None:
    began = time.monotonic()
    shown = show(DisplayMessage("Hello", timeout=1.0))

    assert shown.ended() == Ending(MessageState.TIMEOUT)
    assert 1.0 <= time.monotonic() - began < 10.0


def test_the_end_of_the_agent_closes_it(screen: WindowsScreen, show: Show) -> None:
    shown = show(DisplayMessage("Hello"))

    screen.dismiss()

    assert shown.ended() == Ending(MessageState.CLOSED, detail="the agent was stopped")


@pytest.mark.parametrize("severity", Severity)
def test_it_is_on_top_visible_on_the_screen_and_takes_no_focus(
    show: Show, start_standin: StartStandIn, severity: Severity
) -> None:
    standin = start_standin()
    phone = win32gui.FindWindow("MicroSIP", None)
    win32gui.SetForegroundWindow(phone)
    before = win32gui.GetForegroundWindow()
    assert before == phone

    shown = show(DisplayMessage("Hello", severity=severity))

    assert win32gui.GetForegroundWindow() == before
    assert win32gui.IsWindowVisible(shown.window)
    assert win32gui.GetWindowLong(shown.window, win32con.GWL_EXSTYLE) & win32con.WS_EX_TOPMOST
    left, top, right, bottom = win32gui.GetWindowRect(shown.window)
    assert 0 <= left < right <= win32api.GetSystemMetrics(win32con.SM_CXSCREEN)
    assert 0 <= top < bottom <= win32api.GetSystemMetrics(win32con.SM_CYSCREEN)
    # MicroSIP goes on: it answers, and its button works.
    standin.click()
    assert standin.state().dnd is True


HOSTILE = [
    "R&D && <b>bold</b> %s {0} \\n $(calc) https://evil.example",
    "Ж" * 2000,
    "\n" * 1000 + "last",
    "слово " * 333,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is_and_all_of_it_stays_reachable(show: Show, text: str) -> None:
    shown = show(DisplayMessage(text, title="A & B\u00a0" + "Ш" * 90, buttons=["&Yes && no", "N" * 30]))

    assert text_of(shown.child(TEXT)) == text.replace("\n", "\r\n")
    assert text_of(shown.child(FIRST_BUTTON)) == "&&Yes &&&& no"  # which is drawn as it was sent
    _, top, _, bottom = win32gui.GetWindowRect(shown.window)
    assert bottom - top <= win32api.GetSystemMetrics(win32con.SM_CYSCREEN)
    scrolls = win32gui.GetWindowLong(shown.child(TEXT), win32con.GWL_STYLE) & win32con.WS_VSCROLL
    assert bool(scrolls) is (len(text) > 200)
    shown.press(0)
    assert shown.ended().button == "&Yes && no"


def test_one_after_the_other_leaves_nothing_behind(show: Show) -> None:
    for _ in range(3):
        show(DisplayMessage("Hello", timeout=1.0)).ended()

        assert win32gui.FindWindow(WINDOW_CLASS, None) == 0


def test_it_needs_no_toolkit() -> None:
    assert "tkinter" not in sys.modules
