"""What MicroSIP's settings say of the next incoming call: whether it is forwarded, answered or rejected. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from microsip_manager.wire.phone_state import LONGEST_DELAY

BUTTON, ALL = "button", "all"


@dataclass(frozen=True)
class Answering:
    """The settings of [Settings] behind the buttons AA and FWD, and those beside them."""

    auto_answer: str = BUTTON
    """`button`: when AA is pressed; `all`: always; others: some calls only, or none."""
    answer_delay: int = 0
    answers_some: bool = False
    """Only calls of certain numbers are answered."""
    forwarding: str = ""
    forward_delay: int = 0
    has_target: bool = False
    """Whether there is a number to forward to."""
    call_waiting: bool = True
    rings_silently: bool = False
    single_call: bool = True
    """One call at a time; then the button END is shown exactly while there is one."""
    aa_pressed: bool = False
    fwd_pressed: bool = False
    """The buttons as they were saved: some seconds behind what the buttons show."""


DEFAULTS = Answering()
"""What MicroSIP does with an empty ini."""


def read_answering(get: Callable[[str], str | None]) -> Answering:
    """`get` gives a value of [Settings], or None when it is missing."""

    def is_on(key: str, default: bool) -> bool:
        value = get(key)
        return default if value is None else value == "1"

    return Answering(
        auto_answer=BUTTON if (answer := get("autoAnswer")) is None else answer,
        answer_delay=_seconds(get("autoAnswerDelay")),
        answers_some=bool(get("autoAnswerNumber")),
        forwarding=get("forwarding") or "",
        forward_delay=_seconds(get("forwardingDelay")),
        has_target=bool(get("forwardingNumber")),
        # One call at most comes to the same as no second one.
        call_waiting=is_on("callWaiting", default=True) and get("maxConcurrentCalls") != "1",
        rings_silently=get("volumeRing") == "0",
        single_call=is_on("singleMode", default=True),
        aa_pressed=is_on("AA", default=False),
        fwd_pressed=is_on("FWD", default=False),
    )


def _seconds(value: str | None) -> int:
    return min(int(value), LONGEST_DELAY) if value and re.fullmatch("[0-9]{1,9}", value) else 0
