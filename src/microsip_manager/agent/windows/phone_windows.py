"""What the windows of one MicroSIP show of its phone, beside the DND button."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from microsip_manager.agent.errors import PhoneDenied, PhoneGone, PhoneHung
from microsip_manager.agent.phone_reading import Glance
from microsip_manager.agent.windows.messages import BM_GETCHECK, BST_CHECKED, MessageSender, text_of
from microsip_manager.agent.windows.window_search import (
    AUTO_ANSWER_BUTTON,
    CALLER_TEXT,
    END_BUTTON,
    FORWARD_BUTTON,
    MainWindow,
    control_of,
    is_shown,
)

ALL_SECONDS = 0.7
"""For all messages of one glance together; a MicroSIP that is well answers each within a millisecond."""

SHORTEST = 0.05
MOST_BOXES = 5

Answer = TypeVar("Answer", str, bool)


def glance_without_asking(main: MainWindow) -> Glance:
    """What is to be seen of a MicroSIP that does not answer messages: whether there are a call and call boxes."""
    end = control_of(main.dialer_page(), END_BUTTON)
    return Glance(end_shown=is_shown(end), callers=[""] * len(main.call_boxes()))


def glance(main: MainWindow, send: MessageSender, monotonic: Callable[[], float]) -> Glance:
    """What is to be seen, and as much as MicroSIP tells in time."""
    return _Questions(main, send, monotonic).glance()


def whole_glance(main: MainWindow, send: MessageSender, monotonic: Callable[[], float]) -> Glance:
    """What is to be seen and what MicroSIP tells; raises `PhoneHung` or `PhoneDenied` when it does not tell all."""
    questions = _Questions(main, send, monotonic)
    seen = questions.glance()
    if questions.refused:
        raise questions.refused
    return seen


class _Questions:
    """The messages of one glance. After the first that is not answered, no other one is sent."""

    def __init__(self, main: MainWindow, send: MessageSender, monotonic: Callable[[], float]) -> None:
        self._main = main
        self._send = send
        self._monotonic = monotonic
        self._until = monotonic() + ALL_SECONDS
        self.refused: PhoneHung | PhoneDenied | None = None
        """Why no other one is sent."""

    def glance(self) -> Glance:
        text = self._text(self._main.status_bar())
        callers = [self._text(control_of(box, CALLER_TEXT)) or "" for box in self._main.call_boxes()[:MOST_BOXES]]
        page = self._main.dialer_page()
        return Glance(
            text,
            end_shown=is_shown(control_of(page, END_BUTTON)),
            callers=callers,
            auto_answer=self._is_checked(control_of(page, AUTO_ANSWER_BUTTON)),
            forwarding=self._is_checked(control_of(page, FORWARD_BUTTON)),
        )

    def _text(self, window: int) -> str | None:
        return self._asked(window, lambda seconds: text_of(self._send, window, seconds))

    def _is_checked(self, button: int) -> bool | None:
        return self._asked(button, lambda seconds: self._send(button, BM_GETCHECK, 0, 0, seconds) == BST_CHECKED)

    def _asked(self, window: int, ask: Callable[[float], Answer]) -> Answer | None:
        """The answer; None from a window that is not there, and from a MicroSIP that does not answer."""
        seconds = self._until - self._monotonic()
        if not window or self.refused or seconds < SHORTEST:
            return None
        try:
            return ask(seconds)
        except (PhoneHung, PhoneDenied) as error:
            self.refused = error
        except PhoneGone:
            pass  # MicroSIP makes its buttons anew at times; the next look finds them
        return None
