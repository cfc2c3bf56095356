"""Telephone commands to one running MicroSIP."""

from __future__ import annotations

from collections.abc import Callable

from microsip_manager.agent.boundaries import CLOSED, TelephoneResult
from microsip_manager.agent.errors import PhoneError, PhoneGone, PhoneHung
from microsip_manager.agent.telephone import (
    QUEUES_SINCE,
    TAKEN,
    Line,
    Version,
    refused_to_dial,
    result_of,
    unsupported,
    words_for,
)
from microsip_manager.agent.windows.copy_data import AT_ONCE, LATER, hand_over
from microsip_manager.agent.windows.messages import MessageSender
from microsip_manager.agent.windows.window_search import MainWindow
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome

SEND_SECONDS = 3.0


class WindowTelephone:
    """Sends the words for a command, once. `line` reads the line; raises as `MessageSender` does."""

    def __init__(
        self, main: MainWindow, version: Version | None, send: MessageSender, line: Callable[[], Line]
    ) -> None:
        self._main = main
        self._version = version
        self._send = send
        self._line = line

    def carry_out(self, command: TelephoneCommand) -> TelephoneResult:
        """What became of it, whatever happens."""
        words = words_for(command, self._version)
        if words is None:
            return unsupported(command.action, self._version)
        try:
            if command.action is TelephoneAction.DIAL and (refused := refused_to_dial(self._line())) is not None:
                return refused
            return self._handed_over(words)
        except PhoneHung as error:
            return result_of(error if self._main.is_there() else PhoneGone(CLOSED.detail))
        except PhoneError as error:
            return result_of(error)

    def _handed_over(self, words: str) -> TelephoneResult:
        kind = LATER if self._version and self._version >= QUEUES_SINCE else AT_ONCE
        if hand_over(self._main.handle, kind, words, self._send, SEND_SECONDS):
            return TelephoneResult(
                TelephoneOutcome.NOT_READY,
                "MicroSIP takes no commands now: it starts, wakes up, or takes over new settings",
            )
        return TAKEN
