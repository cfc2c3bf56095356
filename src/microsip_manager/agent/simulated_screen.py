"""A screen inside this process, and the hands of the person in front of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from microsip_manager.agent.boundaries import Ending
from microsip_manager.wire.messages import DisplayMessage, MessageState


class SimulatedScreen:
    """A `MessageScreen`. Nobody sits in front of it unless `press` or `close` is called; time-outs hold."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shown: DisplayMessage | None = None
        self._ending: Ending | None = None
        self._dismissed = False

    def show(self, message: DisplayMessage, visible: Callable[[], None]) -> Ending:
        with self._changed:
            self._shown, self._ending = message, None
        visible()
        with self._changed:
            self._changed.wait_for(lambda: self._ending or self._dismissed, message.timeout)
            self._shown = None
            if self._dismissed:
                return Ending(MessageState.CLOSED, detail="the agent was stopped")
            return self._ending or Ending(MessageState.TIMEOUT)

    def dismiss(self) -> None:
        with self._changed:
            self._dismissed = True
            self._changed.notify_all()

    @property
    def shown(self) -> DisplayMessage | None:
        """What the person sees."""
        with self._changed:
            return self._shown

    def press(self, label: str) -> None:
        """The person presses the button of this label; raises `ValueError` when there is none."""
        with self._changed:
            if self._shown is None or label not in self._shown.buttons:
                raise ValueError(label)
            self._end(Ending(MessageState.ANSWERED, label))

    def close(self) -> None:
        with self._changed:
            self._end(Ending(MessageState.CLOSED))

    def _end(self, ending: Ending) -> None:
        self._ending = ending
        self._changed.notify_all()
