"""A DND button with one slow UI thread behind it, as unkind as MicroSIP's can be. Time moves by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from microsip_manager.agent.errors import PhoneError, PhoneHung
from tests.fakes.clock import HandClock

READ_PATIENCE = 1.0
CLICK_PATIENCE = 3.0
MESSAGE_TIME = 0.001


@dataclass
class ClickFate:
    """What becomes of the next clicks: `lost` are never carried out, the others `after` some seconds."""

    after: float = 0.0
    lost: bool = False


@dataclass
class UnkindButton:
    """Toggles on a click. While frozen it answers nothing; a click sent meanwhile waits in the queue.

    After the thaw such a click is carried out within `fate.after` seconds of the first answer, or never if lost.
    """

    clock: HandClock
    on: bool = False
    fate: ClickFate = field(default_factory=ClickFate)
    error: PhoneError | None = None
    frozen_until: float = 0.0
    events: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    queued: int = 0
    under_way: list[float] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    clicked_too_early: bool = False

    @property
    def outstanding(self) -> int:
        """Clicks sent that may still toggle the button."""
        return self.queued + len(self.under_way)

    def is_on(self) -> bool:
        self._answer_within(READ_PATIENCE, "unanswered read")
        if self.queued:
            self.under_way += [self.clock.monotonic() + self.fate.after] * self.queued
            self.queued = 0
            self.pass_time(0)
        self.history.append(f"read {'on' if self.on else 'off'}")
        return self.on

    def click(self) -> None:
        self.clicked_too_early |= self.outstanding > 0
        try:
            self._answer_within(CLICK_PATIENCE, "unanswered click")
        except PhoneHung:
            self.queued += not self.fate.lost
            raise
        self.history.append("click")
        if not self.fate.lost:
            self.under_way.append(self.clock.monotonic() + self.fate.after)
            self.pass_time(0)

    def user_clicks(self) -> None:
        """By hand. The one UI thread carries out what came before it first; a frozen one does not see the click."""
        if self.frozen:
            return
        self.queued, clicks = 0, self.outstanding + 1
        self.under_way.clear()
        self.on ^= clicks % 2 == 1
        self.history.append("user clicks")

    def freeze(self, seconds: float) -> None:
        self.frozen_until = self.clock.monotonic() + seconds

    def later(self, seconds: float, event: Callable[[], None]) -> None:
        self.events.append((self.clock.monotonic() + seconds, event))

    @property
    def frozen(self) -> bool:
        return self.clock.monotonic() < self.frozen_until

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and happen what happens in it."""
        end = self.clock.monotonic() + seconds
        while self._next_time() <= end:
            self.clock.forward(max(0.0, self._next_time() - self.clock.monotonic()))
            self._happen()
        self.clock.forward(max(0.0, end - self.clock.monotonic()))

    def _next_time(self) -> float:
        clicks = [max(when, self.frozen_until) for when in self.under_way]
        return min([when for when, _ in self.events] + clicks, default=float("inf"))

    def _happen(self) -> None:
        now = self.clock.monotonic()
        done = [when for when in self.under_way if max(when, self.frozen_until) <= now]
        self.under_way = [when for when in self.under_way if when not in done]
        self.on ^= len(done) % 2 == 1
        due = [event for when, event in self.events if when <= now]
        self.events = [(when, event) for when, event in self.events if when > now]
        for event in due:
            event()

    def _answer_within(self, patience: float, otherwise: str) -> None:
        if self.error is not None:
            raise self.error
        given_up = self.clock.monotonic() + patience
        self.pass_time(MESSAGE_TIME)
        while self.frozen:
            if self.frozen_until > given_up:
                self.pass_time(given_up - self.clock.monotonic())
                self.history.append(otherwise)
                raise PhoneHung("MicroSIP does not answer")
            self.pass_time(self.frozen_until - self.clock.monotonic())
