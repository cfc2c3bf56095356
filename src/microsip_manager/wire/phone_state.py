"""More of a softphone than its status: whether it can be called, the call under way, and what becomes of a next one."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

NUMBER_LIMIT = 48
TEXT_LIMIT = 48
DETAIL_LIMIT = 80
VERSION_LIMIT = 20
SETTING_LIMIT = 16
"""These are small so that the largest heartbeat stays below `HEARTBEAT_LIMIT`."""

MOST_COPIES = 99
LONGEST_DELAY = 3600

SHOWN_DIGITS = 2
"""Of a masked number: enough to tell two calls of a morning apart."""


class Registration(enum.Enum):
    """Whether the telephone server sends calls to this MicroSIP."""

    REGISTERED = "registered"
    CONNECTING = "connecting"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a state and no secret
    FAILED = "failed"
    """The telephone server does not answer, or refuses for another reason; the text says what MicroSIP shows."""
    NONE = "none"
    """No account is active, or the active one has no telephone server to register with."""
    UNKNOWN = "unknown"
    """MicroSIP does not tell, or in words that are not known here."""


class CallState(enum.Enum):
    IDLE = "idle"
    RINGING = "ringing"
    """A call comes in and nobody has answered it yet."""
    IN_CALL = "in_call"
    """A call is under way; also one that was dialled here and is not answered yet."""
    UNKNOWN = "unknown"


class Direction(enum.Enum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"


Since = Annotated[datetime, Meta(tz=True, description="ISO 8601, by the clock of the PC")]
Number = Annotated[str, Meta(max_length=NUMBER_LIMIT, examples=["…45"])]
Delay = Annotated[int, Meta(ge=0, le=LONGEST_DELAY)]


class CallNow(Struct, frozen=True, gc=False):
    """The call of this moment; of several, the one that lasts longest."""

    state: CallState = CallState.UNKNOWN
    since: Since | None = None
    """When this state began; null while idle or unknown."""
    direction: Direction | None = None
    number: Number = ""
    """The other side: in full from an agent, masked to whoever asks the server. Empty when it is not known."""


UNKNOWN_CALL = CallNow()
NO_CALL = CallNow(CallState.IDLE)


class PhoneState(Struct, frozen=True, omit_defaults=True, gc=False):
    """What an agent tells of its MicroSIP beside the status. Each field has a default, for what is not known."""

    registration: Registration = Registration.UNKNOWN
    registration_text: Annotated[str, Meta(max_length=TEXT_LIMIT)] = ""
    """What MicroSIP shows when the registration has failed or its words are not known."""
    call: CallNow = UNKNOWN_CALL
    away: bool = False
    """Nobody has touched the PC for ten minutes."""
    auto_answer: bool = False
    """MicroSIP answers calls by itself, or some of them."""
    answers_after: Delay | None = None
    """Seconds after which MicroSIP itself answers every call; null when it does not."""
    forwarding: bool = False
    """MicroSIP forwards calls."""
    forwards_after: Delay | None = None
    """Seconds after which every call is forwarded; null when it is not."""
    deny_incoming: Annotated[str, Meta(max_length=SETTING_LIMIT)] = "button"
    """MicroSIP's setting `denyIncoming`: which calls it rejects; `other` for a value MicroSIP does not know."""
    call_waiting: bool = True
    """False when a second call is rejected during a first."""
    rings_silently: bool = False
    """The volume of the ringing is 0."""
    microsip_version: Annotated[str, Meta(max_length=VERSION_LIMIT, examples=["3.22.3"])] = ""
    copies: Annotated[int, Meta(ge=1, le=MOST_COPIES, description="MicroSIPs that run on this PC")] = 1
    detail: Annotated[str, Meta(max_length=DETAIL_LIMIT)] = ""
    """Where several MicroSIPs differ: what each of the others shows."""

    def __post_init__(self) -> None:
        # Every heartbeat passes here, so all texts are looked at together.
        plain = f"{self.call.number}{self.deny_incoming}{self.microsip_version}"
        if not (plain.isascii() and f"{plain}{self.registration_text}{self.detail}".isprintable()):
            raise ValueError(
                "Expected text without control or invisible characters, and printable ASCII in `number`, "
                "`deny_incoming` and `microsip_version`"
            )
        since = self.call.since
        if since is not None and not 2 <= since.year <= 9998:  # beyond, a change of the time zone leaves the calendar
            raise ValueError("Expected a year from 0002 to 9998 in `call.since`")


UNKNOWN_PHONE = PhoneState()


class ShownPhone(PhoneState, frozen=True, omit_defaults=False, gc=False):
    """A `PhoneState` for whoever may look: every field is there, and the number is masked."""

    def __post_init__(self) -> None:
        # It is made from a state that was looked at, or read from a server; only the mask is no ASCII.
        if not self.call.number.isprintable():
            raise ValueError("Expected a printable number")


def shown(phone: PhoneState) -> ShownPhone:
    """The state as a viewer may see it. The one place where the number of a call under way is masked."""
    call = phone.call
    if call.number:
        call = structs.replace(call, number=masked(call.number))
    return ShownPhone(**{**structs.asdict(phone), "call": call})


def masked(number: str) -> str:
    """`…45` of `+7 495 000-00-45`: the last digits, too few to call; none of a number that has hardly more."""
    digits = "".join(character for character in number if character.isdigit())
    return "…" + (digits[-SHOWN_DIGITS:] if len(digits) > SHOWN_DIGITS else "")
