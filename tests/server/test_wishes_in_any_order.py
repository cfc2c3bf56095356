"""Wishes, clicks, PCs, MicroSIPs and servers that come and go in random order, and what holds all the same.

`Office` lets things happen to one PC and keeps in mind, in words much simpler than those of the server, what the last
wish that was accepted promises. Every command that the server sends by itself is judged by that, and so is the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from microsip_manager.server.wish import CLICK_AFTER, ENFORCE_EVERY, PAUSES
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import Order, WishEnd, WishState
from tests.server.wished_pc import Sent, WishedPc, order

WALKS, STEPS = 10, 40
"""Sequences of a test, and things that happen in each."""

LONG_ENOUGH = 2 * PAUSES[-1] + 30
"""Seconds after which everything that can be done on a PC that is there is done."""

SETTLED = 10.0
"""Seconds after which the server has seen whatever happened, so that it can tell a click from a loss."""


@dataclass
class Promise:
    """What the last wish that was accepted promises."""

    order: Order
    at: datetime
    back: bool | None
    """DND that it has to leave behind, whatever becomes of it: the wish before it was to end so."""
    set_at: datetime | None = None
    cancelled: bool = False
    by_user: bool = False
    """The user has clicked against it and has won."""
    blurred: bool = False
    """Something has happened that may be taken for one thing or another; little is promised then."""

    @property
    def holds(self) -> bool:
        return self.order.enforce or self.order.lasts is not None or self.order.until is not None

    @property
    def end(self) -> datetime | None:
        if self.order.lasts is not None:
            return self.set_at + self.order.lasts if self.set_at is not None else None
        return self.order.until

    def is_over(self, now: datetime) -> bool:
        queue_ends = self.at + self.order.queue_for if self.order.queue_for is not None else None
        return (
            self.cancelled
            or (self.end is not None and now >= self.end)
            or (self.set_at is None and queue_ends is not None and now >= queue_ends)
        )

    def note(self, sent: Sent) -> None:
        """A command by which it was set."""
        if self.set_at is None:
            self.set_at = sent.at
            if self.holds and self.back is None:
                self.back = False if self.order.enabled else sent.found


class Office:
    """Random things that happen to one PC, its user, its administrator and its server."""

    def __init__(self, chance: random.Random) -> None:
        self.pc = WishedPc()
        self.chance = chance
        self.promise: Promise | None = None
        self.user_has_clicked = False
        """Since the last wish was over."""
        self.judged = 0
        self.disturbed_at = 0.0
        self.story: list[str] = []

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.happen()
        self.everybody_is_there()
        self.comes_to_rest()

    def happen(self) -> None:
        """One thing that is possible now."""
        pc = self.pc
        possible: list[tuple[Callable[[], None], int]] = [(self.time_passes, 8), (self.somebody_sets_the_clock, 1)]
        if pc.server_runs:
            possible += [(self.somebody_wishes, 6), (self.somebody_cancels, 1), (self.server_dies, 2)]
        else:
            possible += [(self.server_starts, 4)]
        if pc.is_open:
            possible += [(self.user_clicks, 3), (self.microsip_is_killed, 1), (self.microsip_is_closed, 1)]
            possible += [(self.microsip_crashes, 3)]
        elif pc.is_on:
            possible += [(self.microsip_is_opened, 5)]
        possible += [(self.pc_goes_off, 1)] if pc.is_on else [(self.pc_comes_on, 4)]
        if pc.server_runs and pc.is_open:
            possible += [(self.comes_to_rest, 2)]
        [happens] = self.chance.choices([what for what, _ in possible], [weight for _, weight in possible])
        self.story.append(happens.__name__)
        happens()
        self.judge()

    def somebody_wishes(self) -> None:
        length = self.chance.choice([20.0, 100.0, 2000.0])
        kind = self.chance.choice(["plain", "lasts", "lasts", "until"])
        wanted = order(
            self.chance.random() < 0.7,
            lasts=length if kind == "lasts" else None,
            until=self.pc.clock.now() + timedelta(seconds=length) if kind == "until" else None,
            queue_for=self.chance.choice([None, 100.0, 2000.0]),
            enforce=self.chance.random() < 0.25,
        )
        self.story.append(repr(wanted))
        before, already = self.promise, len(self.pc.sent)
        self.pc.answers_lost = int(self.chance.random() < 0.15)
        answer = self.pc.wish(wanted)
        self.pc.answers_lost = 0
        assert [sent.enabled for sent in self.pc.sent[already:]] in ([], [wanted.enabled])
        self.judged = len(self.pc.sent)
        if answer.outcome.is_accepted or answer.outcome is DndOutcome.TIMEOUT:
            self.promise = Promise(wanted, self.pc.clock.now(), self._left_by(before, wanted))
            for sent in self.pc.sent[already:]:
                self.promise.note(sent)
            # DND that is wished on needs no knowledge of what was before.
            needs_the_past = not (wanted.enabled and self.promise.holds)
            self.promise.blurred = needs_the_past and before is not None and before.blurred
            self.user_has_clicked = False
        self._disturb()
        self._pass(2)  # what an answer that was lost has done is told within two seconds

    def _left_by(self, before: Promise | None, wanted: Order) -> bool | None:
        """What a new wish has to leave behind because of the one before it."""
        unfinished = before is not None and before.back is not None and not before.by_user and self.had_wish
        holds = wanted.enforce or wanted.lasts is not None or wanted.until is not None
        if holds and wanted.enabled:
            return False if unfinished else None
        return before.back if before is not None and unfinished else None

    @property
    def had_wish(self) -> bool:
        """Whether a wish ended by being replaced just now."""
        now = self.pc.clock.now()
        return any(wish.ended is WishEnd.REPLACED and wish.ended_at == now for wish in self.pc.ended)

    def somebody_cancels(self) -> None:
        if self.promise is not None and self.pc.desired is not None:
            self.promise.cancelled = True
        self.pc.cancel()

    def user_clicks(self) -> None:
        promise = self.promise
        desired = self.pc.desired if self.pc.server_runs else None
        seen = self.pc.server_runs and self.pc.clock.monotonic() - self.disturbed_at >= SETTLED
        wins = False
        if promise is not None and self.pc.server_runs:
            held = desired is not None and desired.state is WishState.HELD
            wins = seen and held and not promise.order.enforce
            promise.blurred |= not seen or (not held and desired is not None)
        self.pc.click()
        self.user_has_clicked = True
        self._disturb()
        if wins:
            assert promise is not None
            self._pass(CLICK_AFTER + 2)
            ended = [wish.ended for wish in self.pc.ended if wish.asked_at == promise.at]
            promise.by_user = ended == [WishEnd.BY_USER]
            assert promise.by_user or promise.is_over(self.pc.clock.now()) or promise.blurred

    def microsip_is_killed(self) -> None:
        self.pc.kill_microsip()
        self._disturb()

    def microsip_crashes(self) -> None:
        """It starts again by itself; the server may be down meanwhile."""
        unnoticed = self.pc.server_runs and self.chance.random() < 0.3
        if unnoticed:
            self.server_dies()
        self.microsip_is_killed()
        self._pass(self.chance.choice([0, 2]))
        self.microsip_is_opened()
        if unnoticed:
            self.server_starts()

    def microsip_is_closed(self) -> None:
        self.pc.close_microsip()
        self._disturb()

    def microsip_is_opened(self) -> None:
        self.pc.open_microsip()
        self._disturb()

    def pc_goes_off(self) -> None:
        self.pc.power_off()
        self._disturb()
        if self.chance.random() < 0.8:
            self._pass(30)  # until the silence is noticed
        elif self.promise is not None:
            self.promise.blurred = True  # a loss within the patience looks like a click

    def pc_comes_on(self) -> None:
        self.pc.power_on()
        self._disturb()

    def server_dies(self) -> None:
        if self.chance.random() < 0.5:
            self.pc.recorder.write()
        self.pc.crash()
        self._disturb()

    def server_starts(self) -> None:
        self.pc.boot()
        self._disturb()

    def somebody_sets_the_clock(self) -> None:
        minutes = self.chance.choice([-5, 5])
        self.pc.clock.somebody_sets_the_wall_clock(timedelta(minutes=minutes))
        if minutes < 0 and self.promise is not None:
            self.promise.blurred = True  # what was over may not be over any more

    def time_passes(self) -> None:
        self._pass(self.chance.choice([1.0, 3.0, 8.0, 15.0, 15.0, 60.0, 120.0, 2500.0]))

    def everybody_is_there(self) -> None:
        if not self.pc.server_runs:
            self.server_starts()
        if not self.pc.is_on:
            self.pc_comes_on()
        if not self.pc.is_open:
            self.microsip_is_opened()

    def comes_to_rest(self) -> None:
        """With everybody there and nothing happening, all is as promised."""
        self._pass(LONG_ENOUGH)
        self.judge()
        desired, promise, now = self.pc.desired, self.promise, self.pc.clock.now()
        assert len(self.pc.stored.current()) == (desired is not None)
        if desired is not None:
            assert desired.state is WishState.HELD
            assert desired.until is None or desired.until > now
            assert self.pc.button is desired.enabled
        if promise is None or promise.blurred or promise.by_user:
            return
        if promise.is_over(now):
            assert desired is None
            if promise.back is not None and not self.user_has_clicked:
                assert self.pc.button is promise.back
        else:
            assert promise.set_at is not None
            assert (desired is not None) == promise.holds

    def judge(self) -> None:
        """Every command is in time and not against the user, and an enforced wish is not a hail of them."""
        new = self.pc.sent[self.judged :]
        self.judged = len(self.pc.sent)
        for sent in new:
            promise = self.promise
            assert promise is not None
            assert not promise.by_user
            if promise.blurred:
                continue
            if sent.enabled is promise.order.enabled and not promise.is_over(sent.at):
                assert promise.holds or promise.set_at is None
                promise.note(sent)
            else:
                assert promise.is_over(sent.at)
                assert sent.enabled is promise.back
        calm = [sent for sent in new if sent.ticks > self.disturbed_at + ENFORCE_EVERY]
        assert all(later.ticks - earlier.ticks >= ENFORCE_EVERY for earlier, later in pairwise(calm))

    def _pass(self, seconds: float) -> None:
        self.pc.later(seconds, step=1.0 if seconds < 200 else 5.0)

    def _disturb(self) -> None:
        self.judge()
        self.disturbed_at = self.pc.clock.monotonic()


@pytest.mark.parametrize("seed", range(10))
def test_every_wish_keeps_its_promise_in_any_order_of_events(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets
    for _ in range(WALKS):
        office = Office(chance)
        try:
            office.live(STEPS)
        except AssertionError as error:
            error.add_note("\n".join(office.story))
            raise
        finally:
            office.pc.close()
