"""Which words tell a MicroSIP of some version what to do on the telephone, and when to say nothing. Pure.

MicroSIP dials every word it does not know, keeps a number while it is not registered and dials it whenever it is, and
drops a number without a word while it is in its one call. So the words are sent only where none of this happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from microsip_manager.agent.boundaries import TelephoneResult
from microsip_manager.agent.errors import PhoneDenied, PhoneError, PhoneGone, PhoneHung
from microsip_manager.agent.phone_reading import Reading
from microsip_manager.wire.phone_state import CallState, Registration
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome

Version = tuple[int, int, int]

TAKEN = TelephoneResult(TelephoneOutcome.TAKEN, "MicroSIP has taken the command; it does not tell what becomes of it")

OUTCOME_OF: dict[type[PhoneError], TelephoneOutcome] = {
    PhoneHung: TelephoneOutcome.HUNG,
    PhoneDenied: TelephoneOutcome.DENIED,
    PhoneGone: TelephoneOutcome.NOT_RUNNING,
}

FIRST_UNKNOWN: Version = (4, 0, 0)
"""What MicroSIP understands may change with its first number; until then, words once known have stayed."""

QUEUES_SINCE: Version = (3, 20, 5)
"""From this version on a command can be left with MicroSIP; before, the sender waits until it is carried out."""


@dataclass(frozen=True)
class Line:
    """What can be seen of the telephone line of one MicroSIP at this moment."""

    registered: bool
    """True only when it is known that calls can be made."""
    in_call: bool
    single_mode: bool
    """Whether MicroSIP allows one call at a time."""
    shows: str = ""
    """The text in the status bar."""


@dataclass(frozen=True)
class _Word:
    text: str
    since: Version


# Versions in between were not looked at, so a word counts from the first version that is known to have it.
_WORDS = {
    TelephoneAction.DIAL: _Word("", (3, 20, 5)),
    TelephoneAction.ANSWER: _Word("/answer", (3, 20, 5)),
    TelephoneAction.HANG_UP: _Word("/hangupall", (3, 14, 0)),
    TelephoneAction.HOLD: _Word("msip:hold", (3, 20, 5)),
    # 3.20.5 only toggles the microphone, and dials `msip:micunmute`.
    TelephoneAction.MUTE: _Word("msip:micmute", (3, 21, 6)),
    TelephoneAction.UNMUTE: _Word("msip:micunmute", (3, 21, 6)),
    TelephoneAction.TRANSFER: _Word("/transfer:", (3, 20, 5)),
    TelephoneAction.DTMF: _Word("/dtmf:", (3, 20, 5)),
}


KNOWN_SINCE: Mapping[TelephoneAction, Version] = {action: word.since for action, word in _WORDS.items()}
"""The first version that is known to understand the words for an action; the others need none."""


def words_for(command: TelephoneCommand, version: Version | None) -> str | None:
    """What to send; None when this version is not known to understand it, or when nothing is sent for this action."""
    word = _WORDS.get(command.action)
    if word is None or version is None or not word.since <= version < FIRST_UNKNOWN:
        return None
    return word.text + (command.number or command.digits or "")


def unsupported(action: TelephoneAction, version: Version | None) -> TelephoneResult:
    """What becomes of a command for which there are no words."""
    return TelephoneResult(TelephoneOutcome.UNSUPPORTED, _why_unsupported(action, version))


def line_of(reading: Reading, shows: str, *, single_mode: bool) -> Line:
    """The line by what was read of the phone just now."""
    state = reading.state
    return Line(
        registered=state.registration is Registration.REGISTERED and not reading.registration_is_old,
        in_call=state.call.state in (CallState.RINGING, CallState.IN_CALL),
        single_mode=single_mode,
        shows=shows,
    )


def refused_to_dial(line: Line) -> TelephoneResult | None:
    """Why MicroSIP would not dial now; None when it would."""
    if line.in_call and line.single_mode:
        return TelephoneResult(TelephoneOutcome.IN_CALL, "MicroSIP is in a call and allows one at a time (singleMode)")
    # A call hides the registration; that it goes on is the best sign of one there is.
    if not line.registered and not line.in_call:
        return TelephoneResult(TelephoneOutcome.NOT_REGISTERED, f"MicroSIP's status bar shows {line.shows[:100]!r}")
    return None


def result_of(error: PhoneError) -> TelephoneResult:
    """What became of a command that met this error."""
    return TelephoneResult(OUTCOME_OF[type(error)], str(error))


def shown_version(version: Version | None) -> str:
    """`3.22.3`; empty when it is not known."""
    return ".".join(map(str, version or ()))


def _why_unsupported(action: TelephoneAction, version: Version | None) -> str:
    if version is None:
        return "Windows does not tell the version of this MicroSIP"
    shown = shown_version(version)
    if version >= FIRST_UNKNOWN:
        return f"MicroSIP {shown} is newer than what is known here"
    since = shown_version(_WORDS[action].since)
    return f"MicroSIP {shown} is not known to understand it; {since} is the first that does"
