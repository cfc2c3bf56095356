"""The DND rule. MicroSIP's button is a toggle, so it is read, compared, clicked only if different, and read back.

A second click never goes out without a read before it. A click MicroSIP did not confirm stays in doubt: it may be
carried out when MicroSIP wakes up. Messages are carried out in the order of sending, so once MicroSIP has answered
reads for `SHOWS_WITHIN` seconds, whatever became of the doubtful click shows, and only then may another one follow.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from microsip_manager.agent.boundaries import DndResult
from microsip_manager.agent.errors import NoDndButton, PhoneDenied, PhoneError, PhoneGone, PhoneHung
from microsip_manager.wire.commands import DndOutcome

SHOWS_WITHIN = 1.5
"""Seconds in which a click that MicroSIP has taken shows on the button. Really it shows before the click returns."""

READ_EVERY = 0.05

OUTCOME_OF: dict[type[PhoneError], DndOutcome] = {
    PhoneHung: DndOutcome.HUNG,
    PhoneDenied: DndOutcome.DENIED,
    PhoneGone: DndOutcome.NOT_RUNNING,
    NoDndButton: DndOutcome.UNSUPPORTED,
}


class DndButton(Protocol):
    """The DND button of one running MicroSIP, found anew at each call because MicroSIP re-creates it.

    Both verbs raise `PhoneHung`, `PhoneDenied`, `PhoneGone` or `NoDndButton`.
    """

    def is_on(self) -> bool: ...

    def click(self) -> None:
        """Toggle DND. After `PhoneHung` the click may still be carried out; after the other errors it is not."""
        ...


class DndSwitch:
    """Sets the DND of one running MicroSIP; keep it as long as that MicroSIP runs, for it remembers doubts.

    `monotonic` tells the seconds since some moment, `wait` lets some seconds pass.
    """

    def __init__(self, button: DndButton, monotonic: Callable[[], float], wait: Callable[[float], object]) -> None:
        self._button = button
        self._monotonic = monotonic
        self._wait = wait
        self._lock = threading.Lock()
        self._in_doubt = False

    def set(self, enabled: bool) -> DndResult:
        """Set DND and say what became of it; commands that come together are carried out one after the other."""
        with self._lock:
            try:
                return self._set(enabled)
            except PhoneError as error:
                return DndResult(OUTCOME_OF[type(error)], None, str(error))

    def _set(self, enabled: bool) -> DndResult:
        self._resolve_doubt()
        if self._button.is_on() == enabled:
            return DndResult(DndOutcome.ALREADY, enabled)
        self._click()
        try:
            shows = self._shows(enabled)
        except PhoneHung:
            # It was taken, but may not have been carried out before MicroSIP froze.
            self._in_doubt = True
            raise
        if shows:
            return DndResult(DndOutcome.APPLIED, enabled)
        return DndResult(
            DndOutcome.TIMEOUT,
            not enabled,
            "MicroSIP took the click, but its DND button did not change; perhaps its user clicked at the same time",
        )

    def _click(self) -> None:
        try:
            self._button.click()
        except PhoneHung:
            self._in_doubt = True
            raise

    def _shows(self, enabled: bool) -> bool:
        """Whether the button shows the wanted state in time."""
        deadline = self._monotonic() + SHOWS_WITHIN
        while self._button.is_on() != enabled:
            if self._monotonic() >= deadline:
                return False
            self._wait(READ_EVERY)
        return True

    def _resolve_doubt(self) -> None:
        """Read until an earlier click in doubt has either happened or never will; raises `PhoneHung` if it may yet."""
        if not self._in_doubt:
            return
        self._button.is_on()
        answering_since = self._monotonic()
        while self._monotonic() - answering_since < SHOWS_WITHIN:
            self._wait(READ_EVERY)
            self._button.is_on()
        self._in_doubt = False
