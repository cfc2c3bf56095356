"""Wishes, clicks, PCs, MicroSIPs and servers that come and go in random order, and what holds all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from microsip_manager.server.wish import CLICK_AFTER, ENFORCE_EVERY, PAUSES
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import Order, WishEnd, WishState
from tests.server.wished_pc import WishedPc, order

LONG_ENOUGH = 2 * PAUSES[-1] + 30
"""Seconds after which everything that can be done on a PC that is there is done."""

LENGTHS = st.sampled_from([20.0, 100.0, 2000.0])


@dataclass
class Promise:
    """What the last wish that was accepted promises."""

    order: Order
    at: datetime
    queued: bool
    accepted_while: int
    """How many commands had been sent before it."""
    cancelled: bool = False
    clicked: bool = False
    """The user has clicked against it, seen by the server."""
    unseen: bool = False
    """Something happened of which nobody can tell what it was."""

    def may_be_set(self, now: datetime) -> bool:
        """Whether a command to set it is in time."""
        if self.cancelled or (self.order.until is not None and now >= self.order.until):
            return False
        if self.order.queue_for is not None and now < self.at + self.order.queue_for:
            return True
        if self.order.until is not None or (self.order.enforce and self.order.lasts is None):
            return True
        latest = self.order.lasts or timedelta()
        return now < self.at + latest + (self.order.queue_for or timedelta())


class AnyOrder(RuleBasedStateMachine):
    """The rules say what happens; after each of them the commands that were sent are judged."""

    def __init__(self) -> None:
        super().__init__()
        self.pc = WishedPc()
        self.promise: Promise | None = None
        self.judged = 0
        self.quiet_since = 0.0
        """Since when the PC, the server and the user have done nothing of their own."""

    def teardown(self) -> None:
        self.pc.close()

    @rule(
        enabled=st.booleans(),
        lasts=st.none() | LENGTHS,
        until=st.none() | LENGTHS,
        queue_for=st.none() | LENGTHS,
        enforce=st.booleans(),
        answer_lost=st.booleans(),
    )
    @precondition(lambda self: self.pc.server_runs)
    def somebody_wishes(
        self,
        enabled: bool,
        lasts: float | None,
        until: float | None,
        queue_for: float | None,
        enforce: bool,
        answer_lost: bool,
    ) -> None:
        end = self.pc.clock.now() + timedelta(seconds=until) if until is not None and lasts is None else None
        wanted = order(enabled, lasts=lasts, until=end, queue_for=queue_for, enforce=enforce)
        before = len(self.pc.sent)
        self.pc.answers_lost = int(answer_lost)
        answer = self.pc.wish(wanted)
        self.pc.answers_lost = 0
        assert [sent.enabled for sent in self.pc.sent[before:]] in ([], [enabled])
        self.judged = len(self.pc.sent)
        if answer.outcome.is_accepted or answer.outcome is DndOutcome.TIMEOUT:
            queued = answer.outcome is DndOutcome.QUEUED
            lost = answer.outcome is DndOutcome.TIMEOUT and wanted.is_plain
            self.promise = Promise(wanted, self.pc.clock.now(), queued, before, unseen=lost)
        self._disturbed()

    @rule()
    @precondition(lambda self: self.pc.server_runs)
    def somebody_cancels(self) -> None:
        if self.pc.desired is not None and self.promise is not None:
            self.promise.cancelled = True
        self.pc.cancel()

    @rule()
    @precondition(lambda self: self.pc.is_open)
    def the_user_clicks(self) -> None:
        desired, promise = self.pc.desired if self.pc.server_runs else None, self.promise
        against = desired is not None and self.pc.button is desired.enabled
        if promise is not None and desired is not None and desired.state is WishState.HELD and against:
            if self._quiet(10) and self.pc.server_runs:
                promise.clicked = not desired.enforce
            else:
                promise.unseen = True
        elif promise is not None:
            promise.unseen = True
        self.pc.click()
        self._disturbed()
        if promise is not None and promise.clicked:
            self.pc.later(CLICK_AFTER + 2)
            assert self.pc.desired is None
            assert self.pc.ended[0].ended is WishEnd.BY_USER

    @rule()
    @precondition(lambda self: self.pc.is_open)
    def microsip_is_killed(self) -> None:
        self.pc.kill_microsip()
        self._disturbed()

    @rule()
    @precondition(lambda self: self.pc.is_open)
    def microsip_is_closed(self) -> None:
        self.pc.close_microsip()
        self._disturbed()

    @rule()
    @precondition(lambda self: self.pc.is_on and not self.pc.is_open)
    def microsip_is_opened(self) -> None:
        self.pc.open_microsip()
        self._disturbed()

    @rule()
    @precondition(lambda self: self.pc.is_on)
    def the_pc_is_switched_off(self) -> None:
        self.pc.power_off()
        self._disturbed()

    @rule()
    @precondition(lambda self: not self.pc.is_on)
    def the_pc_is_switched_on(self) -> None:
        self.pc.power_on()
        self._disturbed()

    @rule(written=st.booleans())
    @precondition(lambda self: self.pc.server_runs)
    def the_server_dies(self, written: bool) -> None:
        if written:
            self.pc.recorder.write()
        self.pc.crash()
        self._disturbed()

    @rule()
    @precondition(lambda self: not self.pc.server_runs)
    def the_server_starts(self) -> None:
        self.pc.boot()
        self._disturbed()

    @rule(seconds=st.sampled_from([1.0, 3.0, 8.0, 30.0, 120.0, 2500.0]))
    def time_passes(self, seconds: float) -> None:
        self.pc.later(seconds, step=1.0 if seconds < 100 else 5.0)

    @rule(minutes=st.sampled_from([-5, 5]))
    def somebody_sets_the_clock(self, minutes: int) -> None:
        self.pc.clock.somebody_sets_the_wall_clock(timedelta(minutes=minutes))
        if minutes < 0 and self.promise is not None:
            self.promise.unseen = True  # what was over may not be over any more

    @rule()
    @precondition(lambda self: self.pc.server_runs and self.pc.is_open)
    def everything_comes_to_rest(self) -> None:
        self.pc.later(LONG_ENOUGH, step=2.0)

        desired, promise = self.pc.desired, self.promise
        if desired is not None:
            assert desired.state is WishState.HELD
            assert desired.until is None or desired.until > self.pc.clock.now()
            assert self.pc.button is desired.enabled
        elif promise is not None and promise.order.enabled and not promise.clicked and not promise.unseen:
            plain = promise.order.lasts is None and promise.order.until is None and not promise.order.enforce
            if not plain:
                assert self.pc.button is False
        assert len(self.pc.stored.current()) == (desired is not None)

    @invariant()
    def no_command_is_stale_or_against_the_user(self) -> None:
        promise = self.promise
        for sent in self.pc.sent[self.judged :]:
            assert promise is not None
            assert not promise.clicked
            if sent.enabled and promise.order.enabled and not promise.unseen:
                assert promise.may_be_set(sent.at)
            if not promise.order.enabled and not sent.enabled and not promise.unseen and not promise.queued:
                assert promise.may_be_set(sent.at) or promise.cancelled or self._takes_over(promise)
        self.judged = len(self.pc.sent)

    @invariant()
    def commands_of_one_wish_are_not_too_many(self) -> None:
        recent = [sent for sent in self.pc.sent if sent.ticks > self.quiet_since + ENFORCE_EVERY]
        for earlier, later in pairwise(recent):
            assert earlier.enabled is not later.enabled or later.ticks - earlier.ticks >= ENFORCE_EVERY

    def _takes_over(self, promise: Promise) -> bool:
        """Whether the end of a wish for DND off may be DND off: it was so before."""
        return promise.order.lasts is not None or promise.order.until is not None

    def _disturbed(self) -> None:
        self.quiet_since = self.pc.clock.monotonic()

    def _quiet(self, seconds: float) -> bool:
        return self.pc.clock.monotonic() - self.quiet_since >= seconds


AnyOrder.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestAnyOrder = AnyOrder.TestCase
