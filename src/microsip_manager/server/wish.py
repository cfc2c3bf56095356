"""Desired DND: what follows for one client from a wish, what its PC reports, and the time. Values in, values out.

A wish for DND on ends with DND off. A wish for DND off ends with what was before it: on only if it was on. "Before" is
before the first of several wishes that followed one another.

A click of the user ends a wish, unless it is enforced. A click is a change that was seen while MicroSIP kept running.
When MicroSIP, its PC or this server was away in between, nobody has seen a click: DND is set again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import Desired, EndedWish, Order, WishEnd, WishState

CLICK_AFTER = 2.0
"""Seconds for which DND must be other than wished before that is taken for a click: a heartbeat that was sent before
our command may arrive after its answer."""

ENFORCE_EVERY = 5.0
"""Seconds between two commands of an enforced wish: a fight with the user that the user can see and end."""

SAVED_AFTER = 7.0
"""Seconds after which MicroSIP has saved a change of DND; it takes 5, and killed before it comes back with the old."""

PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Seconds to the next attempt after a failed one, and after each one more."""

UNSURE = timedelta(seconds=60)
"""How long a command without an answer, which was not to be queued, is watched for its late effect."""

LOOK_AGAIN = 60.0
"""Seconds after which a deadline is looked at again, whatever was to be waited for: somebody may set the clock."""

REFUSALS = (DndOutcome.UNSUPPORTED, DndOutcome.DENIED)
"""What waiting does not mend."""

UNANSWERED = (DndOutcome.HUNG, DndOutcome.TIMEOUT)
"""The command may have its effect all the same, later."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a wish. Only the functions of this module make the next state."""

    id: str
    hostname: str
    enabled: bool
    reason: str = ""
    enforce: bool = False
    lasts: timedelta | None = None
    until: datetime | None = None
    queued_until: datetime | None = None
    asked_at: datetime
    state: WishState = WishState.QUEUED
    back_to: bool | None = None
    """DND at the end; None when it is not known yet, or nothing is to be switched back."""
    touched: bool = False
    """True when DND may be as this wish, or the one it replaced, made it; then the end has to switch it back."""
    cause: WishEnd | None = None
    """Why it ends or has ended."""
    ended_at: datetime | None = None
    detail: str = ""

    @property
    def holds(self) -> bool:
        """True when it asks for more than to be set once."""
        return self.enforce or self.until is not None or self.lasts is not None


@dataclass(frozen=True)
class Seen:
    """What the client reports. Not running: MicroSIP is closed, or nothing fresh has been heard."""

    running: bool
    dnd: bool = False


AWAY = Seen(running=False)


@dataclass(frozen=True)
class Mind:
    """What is remembered about a wish as long as this process lives. Times are of the monotonic clock."""

    missed: bool = True
    """Since DND was last seen as wished, the client was away: whatever has changed is no click that was seen."""
    odd_since: float | None = None
    """Since when DND is other than wished."""
    try_at: float = 0.0
    """No attempt before this moment."""
    tries: int = 0
    """Attempts that failed in a row."""
    saved_at: float | None = None
    """When the DND that a wish leaves behind is saved, so that nothing is left to be done."""


@dataclass(frozen=True)
class Rest:
    """Nothing to do before this moment of the monotonic clock, unless something is heard."""

    at: float


@dataclass(frozen=True)
class Become:
    """The wish becomes this one; then ask what follows again."""

    wish: Wish


@dataclass(frozen=True)
class Send:
    """The wish becomes this one, and when that is stored, DND is to be switched."""

    wish: Wish
    enabled: bool


Step = Rest | Become | Send


def begun(order: Order, older: Wish | None, seen: Seen, hostname: str, id: str, now: datetime) -> Wish:
    """The wish that an order makes, in place of an older one."""
    inherits = older is not None and older.touched
    wish = Wish(
        id=id,
        hostname=hostname,
        enabled=order.enabled,
        reason=order.reason,
        enforce=order.enforce,
        lasts=order.lasts,
        until=order.until,
        queued_until=now + order.queue_for if order.queue_for is not None else None,
        asked_at=now,
        touched=inherits,
    )
    if wish.holds and wish.enabled:
        return structs.replace(wish, back_to=False)
    return structs.replace(wish, back_to=older.back_to if older is not None and inherits else _before(wish, seen))


def sent(wish: Wish, seen: Seen, now: datetime) -> Wish:
    """The wish at the moment at which its command goes out."""
    return structs.replace(
        wish,
        state=WishState.SETTING,
        touched=True,
        until=now + wish.lasts if wish.lasts is not None else wish.until,
        back_to=wish.back_to if wish.back_to is not None else _before(wish, seen),
    )


def ended(wish: Wish, cause: WishEnd, now: datetime) -> Wish:
    """The wish that is over, with nothing left to be done."""
    return structs.replace(wish, cause=cause, ended_at=now)


def ending(wish: Wish, cause: WishEnd, now: datetime) -> Wish:
    """The wish that is over, with DND still to be switched back where it may be as the wish made it."""
    if not wish.touched or wish.back_to is None:
        return ended(wish, cause, now)
    return structs.replace(wish, state=WishState.ENDING, cause=cause)


def saw(mind: Mind, wish: Wish, seen: Seen, ticks: float) -> Mind:
    """What is remembered after a look at what the client reports."""
    if not seen.running:
        return Mind()  # one that returns is tried at once
    if wish.state is WishState.ENDING:
        return mind
    if seen.dnd is wish.enabled:
        return replace(mind, missed=False, odd_since=None)
    return mind if mind.odd_since is not None else replace(mind, odd_since=ticks)


def follows(wish: Wish, mind: Mind, seen: Seen, now: datetime, ticks: float) -> Step:
    """What is to be done now; `mind` has seen what the client reports."""
    match wish.state:
        case WishState.QUEUED:
            return _when_queued(wish, mind, seen, now, ticks)
        case WishState.SETTING:
            return _when_setting(wish, mind, seen, now, ticks)
        case WishState.HELD:
            return _when_held(wish, mind, seen, now, ticks)
        case WishState.ENDING:
            return _when_ending(wish, mind, seen, now, ticks)


def answered(before: Wish, sent: Wish, answer: DndAnswer, now: datetime) -> Wish:
    """The wish after an answer to its command; `before` is what it was when the command was decided."""
    if answer.outcome.is_success:
        return _after_success(sent, answer.outcome, now)
    told = structs.replace(sent, detail=answer.detail)
    match sent.state:
        case WishState.ENDING:
            # Without a DND button DND has no effect: there is nothing to switch back.
            gone = answer.outcome is DndOutcome.UNSUPPORTED
            return ended(told, sent.cause or WishEnd.TIME_OVER, now) if gone else told
        case WishState.SETTING:
            return _after_failure(before, told, answer.outcome, now)
        case _:
            return told


def tried(mind: Mind, sent: Wish, success: bool, ticks: float) -> Mind:
    """What is remembered after an answer."""
    if success and sent.state is WishState.ENDING:
        return Mind(saved_at=ticks + SAVED_AFTER)
    if success:
        return Mind(missed=False, try_at=ticks + ENFORCE_EVERY)
    return replace(mind, try_at=ticks + PAUSES[min(mind.tries, len(PAUSES) - 1)], tries=mind.tries + 1)


def shown(wish: Wish) -> Desired:
    """The wish as it is told."""
    return Desired(
        enabled=wish.enabled,
        state=wish.state,
        until=wish.until,
        lasts=int(wish.lasts.total_seconds()) if wish.lasts is not None else None,
        queued_until=wish.queued_until,
        reason=wish.reason,
        enforce=wish.enforce,
        asked_at=wish.asked_at,
        detail=wish.detail,
    )


def shown_ended(wish: Wish) -> EndedWish:
    """A wish of the past as it is told."""
    assert wish.cause is not None, "only ended() makes wishes of the past, and it names the cause"
    assert wish.ended_at is not None
    return EndedWish(
        enabled=wish.enabled,
        until=wish.until,
        reason=wish.reason,
        enforce=wish.enforce,
        asked_at=wish.asked_at,
        ended=wish.cause,
        ended_at=wish.ended_at,
        detail=wish.detail,
    )


def _before(wish: Wish, seen: Seen) -> bool | None:
    if not wish.holds:
        return None
    return False if wish.enabled else seen.dnd if seen.running else None


def _when_queued(wish: Wish, mind: Mind, seen: Seen, now: datetime, ticks: float) -> Step:
    if _past(wish.until, now) or _past(wish.queued_until, now):
        return Become(ending(wish, WishEnd.EXPIRED, now))
    if not seen.running or ticks < mind.try_at:
        return _rest(mind, seen, now, ticks, wish.until, wish.queued_until)
    return Send(sent(wish, seen, now), wish.enabled)


def _when_setting(wish: Wish, mind: Mind, seen: Seen, now: datetime, ticks: float) -> Step:
    if seen.running and seen.dnd is wish.enabled:
        return Become(_set(wish, now))
    give_up_at = wish.queued_until or wish.asked_at + UNSURE
    # What `for` wished counts from the attempt that succeeds, so its end is not known before.
    over_at = wish.until if wish.lasts is None or wish.queued_until is None else None
    if _past(over_at, now) or _past(give_up_at, now):
        return Become(ending(wish, WishEnd.EXPIRED if wish.queued_until else WishEnd.FAILED, now))
    if wish.queued_until is None or not seen.running or ticks < mind.try_at:
        return _rest(mind, seen, now, ticks, over_at, give_up_at)
    return Send(sent(wish, seen, now), wish.enabled)


def _when_held(wish: Wish, mind: Mind, seen: Seen, now: datetime, ticks: float) -> Step:
    if _past(wish.until, now):
        return Become(ending(wish, WishEnd.TIME_OVER, now))
    if not seen.running or seen.dnd is wish.enabled or mind.odd_since is None:
        return _rest(mind, AWAY, now, ticks, wish.until)
    if mind.missed or wish.enforce:
        if ticks >= mind.try_at:
            return Send(wish, wish.enabled)
        return _rest(mind, seen, now, ticks, wish.until)
    if ticks - mind.odd_since >= CLICK_AFTER:
        return Become(ended(wish, WishEnd.BY_USER, now))
    return Rest(min(mind.odd_since + CLICK_AFTER, _rest(mind, AWAY, now, ticks, wish.until).at))


def _when_ending(wish: Wish, mind: Mind, seen: Seen, now: datetime, ticks: float) -> Step:
    if not seen.running:
        return _rest(mind, seen, now, ticks)
    if mind.saved_at is not None:
        # Whatever the user has clicked meanwhile is the user's.
        saved = ticks >= mind.saved_at
        return Become(ended(wish, wish.cause or WishEnd.TIME_OVER, now)) if saved else Rest(mind.saved_at)
    if ticks < mind.try_at:
        return Rest(mind.try_at)
    # Even when DND is reported as it should be: the report may be a second old, and asking twice does no harm.
    return Send(wish, bool(wish.back_to))


def _after_success(sent: Wish, outcome: DndOutcome, now: datetime) -> Wish:
    told = structs.replace(sent, detail="")
    if sent.state is not WishState.SETTING:
        return told
    if told.holds and told.back_to is None:
        # Only a wish for DND off gets here: one for DND on knows its end from the beginning.
        told = structs.replace(told, back_to=outcome is DndOutcome.APPLIED)
    return _set(told, now)


def _after_failure(before: Wish, told: Wish, outcome: DndOutcome, now: datetime) -> Wish:
    if outcome in UNANSWERED:
        return told
    back = structs.replace(before, detail=told.detail)
    if outcome in REFUSALS or told.queued_until is None:
        return ending(back, WishEnd.FAILED, now)
    return back


def _set(wish: Wish, now: datetime) -> Wish:
    return structs.replace(wish, state=WishState.HELD) if wish.holds else ended(wish, WishEnd.APPLIED, now)


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and now >= moment


def _rest(mind: Mind, seen: Seen, now: datetime, ticks: float, *deadlines: datetime | None) -> Rest:
    """Until the nearest deadline, or the next attempt where there is somebody to try."""
    moments = [ticks + (moment - now).total_seconds() for moment in deadlines if moment is not None]
    if seen.running and mind.try_at > ticks:
        moments.append(mind.try_at)
    return Rest(min([ticks + LOOK_AGAIN, *moments]))
