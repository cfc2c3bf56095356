"""What MicroSIP's status bar says: of the registration, or during a call of the call instead. Pure.

Every word of MicroSIP goes through its language file, so each is looked for in English and as that file has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from microsip_manager.wire.phone_state import CallState, Direction, Registration

REGISTERED = ("Online", "Away", "Do Not Disturb", "Call Forwarding")
NOT_REGISTERED = {
    "Connecting": Registration.CONNECTING,
    "Incorrect Password": Registration.WRONG_PASSWORD,
    "Connection Failed": Registration.FAILED,
    "Idle": Registration.NONE,
    "Offline": Registration.NONE,
    "MicroSIP": Registration.NONE,
}
REFUSALS = (
    "Bad Gateway",
    "Bad Request",
    "Forbidden",
    "Internal Server Error",
    "Method Not Allowed",
    "Not Found",
    "Request Timeout",
    "Server Timeout",
    "Service Unavailable",
    "Temporarily Unavailable",
    "Unauthorized",
)
"""What telephone servers say most when they do not register somebody; MicroSIP shows it as it is."""

NUMBERED_REFUSALS = ("The server returned an error code", "Response Code")
AUTO_ANSWER = "Auto Answer"
BEFORE_ANSWER = ("Ringing", "Session Progress")
"""Either side may be the one that rings."""

WORDS = (
    *REGISTERED, *NOT_REGISTERED, *REFUSALS, *NUMBERED_REFUSALS, *BEFORE_ANSWER,
    AUTO_ANSWER, "Calling", "Incoming Call", "Connected", "Hold",
)  # fmt: skip
"""All that are looked up in the language file."""

_WITH_DETAILS = re.compile(r"(?P<text>.*?)(?: \((?P<details>[^()]*)\))?")
_CLOCK = r"(?:[0-9]+:)?[0-9]{1,2}:[0-9]{2}"
_TALK = re.compile(rf"(?P<word>.+?) (?:{_CLOCK} / )?(?P<talk>{_CLOCK})")
_NUMBERED = re.compile(r"(?P<word>.+?): ?[0-9]+")
_DIALLED = re.compile(r"(?P<word>.+?)(?: (?P<number>\S+) ?)?\.\.\.")


@dataclass(frozen=True)
class StatusText:
    """What was read. Of registration and call at most one is known, for the bar shows only one of them."""

    registration: Registration | None = None
    unknown: bool = False
    """True for words that are neither known nor translated."""
    away: bool = False
    forwarding: bool = False
    auto_answer: bool = False
    call: CallState | None = None
    direction: Direction | None = None
    number: str = ""
    talk: int | None = None
    """Seconds since the call was answered."""


class Language:
    """MicroSIP's words in English and in one other language, which is empty for a MicroSIP that speaks English."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._english = {form.casefold(): word for word in WORDS for form in (word, translations.get(word, "")) if form}

    def word(self, text: str) -> str:
        """The English word; empty when it is none that is known here."""
        return self._english.get(text.strip().casefold(), "")


def read_status(text: str, language: Language) -> StatusText:
    """What a text of the status bar says."""
    text = text.strip()
    return _call(text, language) or _registration(text, language)


def _call(text: str, language: Language) -> StatusText | None:
    found = _WITH_DETAILS.fullmatch(text)
    plain, details = (found["text"], found["details"]) if found else (text, None)
    if (talking := _TALK.fullmatch(plain)) and language.word(talking["word"]) in ("Connected", "Hold"):
        return StatusText(call=CallState.IN_CALL, talk=_seconds(talking["talk"]))
    match language.word(plain):
        case "Connected":
            return StatusText(call=CallState.IN_CALL)
        case "Incoming Call":
            return StatusText(call=CallState.RINGING, direction=Direction.INCOMING)
        case word if word in BEFORE_ANSWER:
            return StatusText(call=CallState.RINGING)
    if dialled := _DIALLED.fullmatch(plain):
        word = language.word(dialled["word"])
        if word == "Calling":
            number = dialled["number"] or ""
            return StatusText(call=CallState.IN_CALL, direction=Direction.OUTGOING, number=number)
        if word == "Connecting" and details is not None:  # without details it may be the registration
            return StatusText(call=CallState.IN_CALL)
    return None


def _registration(text: str, language: Language) -> StatusText:
    word, suffix = language.word(text), ""
    if not word and (found := _WITH_DETAILS.fullmatch(text)) and found["details"]:
        word, suffix = language.word(found["text"]), language.word(found["details"])
    if not word and text.endswith("...") and language.word(text[:-3]) == "Connecting":
        word = "Connecting"
    if word in REGISTERED:
        return StatusText(
            Registration.REGISTERED,
            away=word == "Away",
            forwarding=word == "Call Forwarding",
            auto_answer=suffix == AUTO_ANSWER,
        )
    if word in NOT_REGISTERED:
        return StatusText(NOT_REGISTERED[word])
    numbered = _NUMBERED.fullmatch(text)
    if word in REFUSALS or (numbered and language.word(numbered["word"]) in NUMBERED_REFUSALS):
        return StatusText(Registration.FAILED)
    return StatusText(Registration.UNKNOWN, unknown=bool(text))


def _seconds(clock: str) -> int:
    seconds = 0
    for part in clock.split(":"):
        seconds = 60 * seconds + int(part)
    return seconds
