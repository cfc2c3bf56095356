"""The DND button of one MicroSIP window."""

from __future__ import annotations

from collections.abc import Callable

from microsip_manager.agent.errors import NoDndButton, PhoneGone, PhoneHung
from microsip_manager.agent.windows.messages import BM_GETCHECK, BST_CHECKED, WM_COMMAND, MessageSender
from microsip_manager.agent.windows.window_search import DND_BUTTON, MainWindow

READ_SECONDS = 1.0
CLICK_SECONDS = 3.0
"""A click returns after MicroSIP has told its SIP engine, so it may take longer than a read."""

FINDINGS = 3
"""How often a button that vanishes between being found and being read is looked for again."""


class WindowDndButton:
    """A `DndButton` (see `agent/dnd.py`); `why_missing` finds the reason when there is none."""

    def __init__(self, main: MainWindow, send: MessageSender, why_missing: Callable[[], str]) -> None:
        self._main = main
        self._send = send
        self._why_missing = why_missing

    def is_on(self) -> bool:
        for _ in range(FINDINGS):
            button = self._find()
            try:
                # The check mark lives inside MFC, which answers this message; the style does not show it.
                return self._answer(button, BM_GETCHECK, 0, 0, READ_SECONDS) == BST_CHECKED
            except PhoneGone:
                continue  # MicroSIP re-creates the button after each change of its settings
        raise NoDndButton("MicroSIP's DND button vanishes again and again")

    def click(self) -> None:
        button = self._find()
        # The page is told what a click on the button would tell it; the main window would not listen.
        self._answer(self._main.dialer_page(), WM_COMMAND, DND_BUTTON, button, CLICK_SECONDS)

    def _find(self) -> int:
        """The button; without one the click would still flip a setting, but reject no call."""
        button = self._main.dnd_button()
        if not self._main.is_there():
            raise PhoneGone("MicroSIP was closed")
        if not button:
            raise NoDndButton(self._why_missing())
        return button

    def _answer(self, window: int, message: int, wparam: int, lparam: int, seconds: float) -> int:
        try:
            return self._send(window, message, wparam, lparam, seconds)
        except PhoneHung:
            if not self._main.is_there():
                raise PhoneGone("MicroSIP was closed") from None
            raise
