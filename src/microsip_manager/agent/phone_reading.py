"""From what one look at MicroSIP's windows shows, and what was known before, to the state of the phone. Pure.

One look does not tell all of it: during a call the status bar shows the call and not the registration, and once a call
is answered nothing shows any more who is at the other end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from microsip_manager.agent.answering import ALL, BUTTON, DEFAULTS, Answering
from microsip_manager.agent.calls_section import CallEntry, printable
from microsip_manager.agent.known_settings import told_deny_incoming
from microsip_manager.agent.status_text import Language, StatusText, read_status
from microsip_manager.wire.phone_state import (
    NO_CALL,
    NUMBER_LIMIT,
    TEXT_LIMIT,
    UNKNOWN_CALL,
    UNKNOWN_PHONE,
    VERSION_LIMIT,
    CallNow,
    CallState,
    Direction,
    PhoneState,
    Registration,
)

NEWER_BY = 3
"""Seconds by which the clock of a call must have gone back to tell that it is another call."""


@dataclass(frozen=True)
class Glance:
    """What the windows of one MicroSIP show at this moment."""

    text: str | None = None
    """The status bar; None when it could not be asked."""
    end_shown: bool = False
    """The button END, which ends a call, is there."""
    callers: Sequence[str] = ()
    """What each incoming call box says of its caller; empty where that could not be asked."""
    auto_answer: bool | None = None
    """The button AA; None when it could not be read or does not exist."""
    forwarding: bool | None = None
    """The button FWD."""


@dataclass(frozen=True)
class IniSays:
    """What the ini says beside the windows."""

    deny_incoming: str = "button"
    answering: Answering = DEFAULTS
    newest: CallEntry | None = None
    """The newest entry of the list of calls."""


@dataclass(frozen=True)
class Reading:
    """What is known of the phone."""

    state: PhoneState = UNKNOWN_PHONE
    registration_is_old: bool = False
    """True while a call, or a window that does not answer, hides the registration: it is that of before."""
    talk: int | None = None
    """Seconds of talk that the status bar showed last."""


def read_phone(
    before: Reading, glance: Glance, ini: IniSays, version: str, language: Language, now: datetime
) -> Reading:
    """What is known after a look; `now` is the time of this PC."""
    said = StatusText() if glance.text is None else read_status(glance.text, language)
    state = _call_state(said, glance, ini)
    settings = ini.answering
    auto_answer = _is_on(settings.auto_answer, glance.auto_answer, settings.aa_pressed or said.auto_answer)
    forwarding = _is_on(settings.forwarding, glance.forwarding, settings.fwd_pressed or said.forwarding)
    known = structs.replace(
        before.state,
        call=_call(before, state, said, glance, ini, now),
        auto_answer=auto_answer,
        answers_after=settings.answer_delay if auto_answer and not settings.answers_some else None,
        forwarding=forwarding,
        forwards_after=settings.forward_delay if forwarding and settings.has_target else None,
        deny_incoming=told_deny_incoming(ini.deny_incoming),
        call_waiting=settings.call_waiting,
        rings_silently=settings.rings_silently,
        microsip_version=plain(version, VERSION_LIMIT),
    )
    talk = before.talk if glance.text is None else said.talk
    if _is_hidden(said, state):
        return Reading(known, registration_is_old=True, talk=talk)
    return Reading(_registered(known, said, glance.text or ""), talk=talk)


def caller_in(box: str) -> str:
    """Who calls, by the text of an incoming call box: its first line is `user@domain` or `name <user@domain>`."""
    first = next(iter(box.splitlines()), "").strip()
    if first.endswith(">") and "<" in first:
        first = first[first.rindex("<") + 1 : -1]
    address = first.removeprefix("sips:").removeprefix("sip:")
    return plain(address.partition("@")[0].strip(), NUMBER_LIMIT)


def plain(text: str, limit: int) -> str:
    """The text as printable ASCII, cut to the limit."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)[:limit]


def _is_hidden(said: StatusText, state: CallState) -> bool:
    """Whether the status bar tells of a call, or of nothing, instead of the registration."""
    busy = state in (CallState.RINGING, CallState.IN_CALL)
    # While a call is set up it shows words that a registration has, too, and words of the other side.
    doubtful = said.registration in (Registration.CONNECTING, Registration.FAILED, Registration.UNKNOWN)
    return said.registration is None or (busy and doubtful)


def _registered(known: PhoneState, said: StatusText, text: str) -> PhoneState:
    shows_text = said.unknown or said.registration is Registration.FAILED
    return structs.replace(
        known,
        registration=said.registration or Registration.UNKNOWN,
        registration_text=printable(text)[:TEXT_LIMIT] if shows_text else "",
        away=said.away,
    )


def _is_on(setting: str, button: bool | None, otherwise: bool) -> bool:
    """Whether a switch acts: always, or by its button, which may be unreadable."""
    if setting != BUTTON:
        return setting == ALL
    return otherwise if button is None else button


def _call_state(said: StatusText, glance: Glance, ini: IniSays) -> CallState:
    """A call under way counts more than one that rings beside it."""
    if glance.end_shown or said.call is CallState.IN_CALL:
        return CallState.IN_CALL
    if glance.callers or said.direction is Direction.INCOMING:
        return CallState.RINGING
    if said.call is CallState.RINGING:
        # It rings, and not here: at the other end, of somebody who was dialled.
        return CallState.IN_CALL
    if ini.answering.single_call or said.registration not in (None, Registration.UNKNOWN):
        return CallState.IDLE
    return CallState.UNKNOWN


def _call(before: Reading, state: CallState, said: StatusText, glance: Glance, ini: IniSays, now: datetime) -> CallNow:
    if state is CallState.IDLE:
        return NO_CALL
    if state is CallState.UNKNOWN:
        return UNKNOWN_CALL
    was = UNKNOWN_CALL if _is_another(before, state, said) else before.state.call
    direction, number = _other_side(was, state, said, glance)
    if not number and not direction:
        direction, number = _from_list(ini.newest, now, said.talk)
    began = (now - timedelta(seconds=said.talk or 0)).replace(microsecond=0)
    # Its clock ticks, so the beginning is reckoned once and kept.
    since = was.since if was.state is state and was.since else began
    return CallNow(state, since, direction, number)


def _is_another(before: Reading, state: CallState, said: StatusText) -> bool:
    """Whether between two looks one call has ended and another begun."""
    was = before.state.call.state
    if was not in (CallState.RINGING, CallState.IN_CALL) or (was is CallState.IN_CALL and state is CallState.RINGING):
        return True
    if before.talk is None:
        return False
    return said.direction is Direction.OUTGOING or (said.talk is not None and said.talk < before.talk - NEWER_BY)


def _other_side(was: CallNow, state: CallState, said: StatusText, glance: Glance) -> tuple[Direction | None, str]:
    """Direction and number as the windows show them, else as they were."""
    if state is CallState.RINGING:
        number = next((caller for caller in map(caller_in, glance.callers) if caller), "")
        return Direction.INCOMING, number or was.number
    if said.direction is Direction.OUTGOING:
        return Direction.OUTGOING, plain(said.number, NUMBER_LIMIT) or was.number
    return was.direction, was.number


def _from_list(newest: CallEntry | None, now: datetime, talk: int | None) -> tuple[Direction | None, str]:
    """Of a call that was under way when the agent came: the entry that lives in MicroSIP's list."""
    if newest is None or newest.info or newest.duration:
        return None, ""
    if newest.time > now.timestamp() - (talk or 0) + NEWER_BY:
        return None, ""
    direction = Direction.OUTGOING if newest.type == 0 else Direction.INCOMING
    return direction, plain(newest.number.partition("@")[0], NUMBER_LIMIT)
