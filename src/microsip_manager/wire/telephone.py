"""Telephone commands: what a MicroSIP can be told to do, how far the teller may go, and what becomes of it.

MicroSIP dials whatever it does not know as a command, and takes a number with a blank for a message. So a number here
is digits, `*` and `#`, perhaps after one `+`, and nothing else.
"""

from __future__ import annotations

import enum
import re
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.commands import Detail
from microsip_manager.wire.names import Hostname, check_hostname, check_printable

NUMBER_LIMIT = 32
DIGITS_LIMIT = 32

# The patterns that travel in the OpenAPI document let a line break pass at the end; these do not.
_NUMBER = re.compile(r"\+?[0-9*#]+")
_DIGITS = re.compile(r"[0-9*#]+")

Number = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NUMBER_LIMIT,
        pattern=r"^\+?[0-9*#]+$",
        description="Whom to dial: digits, `*`, `#`, and perhaps one `+` before them; no blanks, letters or brackets",
        examples=["101", "+74950000042"],
    ),
]
Digits = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=DIGITS_LIMIT,
        pattern="^[0-9*#]+$",
        description="Tones to send: digits, `*` and `#`",
        examples=["1#"],
    ),
]


class TelephoneAction(enum.Enum):
    """What MicroSIP shall do."""

    DIAL = "dial"
    """Call `number`."""
    ANSWER = "answer"
    """Answer the first call that rings."""
    HANG_UP = "hang_up"
    """End all calls but those that ring."""
    HOLD = "hold"
    """Put the call on hold, or take it from there: MicroSIP knows only the toggle."""
    MUTE = "mute"
    """Switch the microphone off."""
    UNMUTE = "unmute"
    TRANSFER = "transfer"
    """Give the call to `number` without asking there first."""
    DTMF = "dtmf"
    """Send `digits` as tones into the call."""
    START = "start"
    """Start MicroSIP, with its window hidden."""
    CLOSE = "close"
    """End MicroSIP as its user would, and its calls with it."""


NEEDS_NUMBER = frozenset({TelephoneAction.DIAL, TelephoneAction.TRANSFER})
NEEDS_DIGITS = frozenset({TelephoneAction.DTMF})


class TelephoneCommand(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Have MicroSIP do something with the telephone."""

    action: TelephoneAction
    number: Number | None = None
    """For `dial` and `transfer`."""
    digits: Digits | None = None
    """For `dtmf`."""
    hostname: Hostname | None = None
    """Whom the command is for. An agent with another name refuses it."""

    def __post_init__(self) -> None:
        if self.hostname is not None:
            check_hostname(self.hostname)
        self._check_present("number", self.number, self.action in NEEDS_NUMBER)
        self._check_present("digits", self.digits, self.action in NEEDS_DIGITS)
        if self.number is not None:
            check_number(self.number)
        if self.digits is not None:
            check_digits(self.digits)

    def _check_present(self, field: str, value: str | None, needed: bool) -> None:
        if needed is not (value is not None):
            wanted = "a value" if needed else "nothing"
            raise ValueError(f"Expected {wanted} for the action `{self.action.value}` - at `$.{field}`")


class TelephoneOutcome(enum.Enum):
    """What became of a telephone command."""

    DONE = "done"
    """MicroSIP was started, or has ended."""
    ALREADY = "already"
    """There was nothing to do: MicroSIP runs already, or is closed already."""
    TAKEN = "taken"
    """MicroSIP has taken the command. It never says what becomes of one."""
    UNSUPPORTED = "unsupported"
    """This version of MicroSIP does not know the command, and would dial it. Nothing was sent."""
    NOT_RUNNING = "not_running"
    """MicroSIP is closed on that PC."""
    NOT_REGISTERED = "not_registered"
    """MicroSIP is not known to be registered, and would keep the number and dial it later. Nothing was sent."""
    IN_CALL = "in_call"
    """MicroSIP is in a call and allows one only, so that it would drop the number. Nothing was sent."""
    NOT_READY = "not_ready"
    """MicroSIP does not take commands now: it starts, sleeps, or has its settings open."""
    NOT_STARTED = "not_started"
    """MicroSIP could not be started; the detail says why."""
    HUNG = "hung"
    """MicroSIP does not answer window messages. What was sent may still happen; nothing is sent twice."""
    DENIED = "denied"
    """Windows refused: MicroSIP runs elevated and the agent does not. Or the agent does, and must not start it."""
    UNREACHABLE = "unreachable"
    """The PC or its agent could not be reached, or the connection broke; the detail says which."""
    TIMEOUT = "timeout"
    """The agent did not answer in time. The command may have been carried out."""

    @property
    def is_success(self) -> bool:
        return self in (TelephoneOutcome.DONE, TelephoneOutcome.ALREADY, TelephoneOutcome.TAKEN)


class TelephoneAnswer(Struct, frozen=True):
    """The answer to `TelephoneCommand`, from the agent and from the server."""

    hostname: Hostname
    action: TelephoneAction
    outcome: TelephoneOutcome
    detail: Detail = ""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        check_printable(self.detail, "detail")


def check_number(number: str) -> None:
    """Raise `ValueError` unless MicroSIP can read it as nothing but a number to dial."""
    if len(number) > NUMBER_LIMIT or not _NUMBER.fullmatch(number):
        raise ValueError(
            f"Expected 1 to {NUMBER_LIMIT} digits, `*` or `#`, perhaps after one `+`, and nothing between them "
            "- at `$.number`"
        )


def check_digits(digits: str) -> None:
    """Raise `ValueError` unless all of it can be sent as tones."""
    if len(digits) > DIGITS_LIMIT or not _DIGITS.fullmatch(digits):
        raise ValueError(f"Expected 1 to {DIGITS_LIMIT} digits, `*` or `#`, and nothing between them - at `$.digits`")


decode_telephone_command = Decoder(TelephoneCommand)
decode_telephone_answer = Decoder(TelephoneAnswer)
