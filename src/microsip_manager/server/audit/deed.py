"""What somebody did, before it becomes a row. Pure but for the context variable that handlers speak through."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from microsip_manager.logs import visible
from microsip_manager.server.identity.caller import Caller
from microsip_manager.wire.codec import encode

log = logging.getLogger(__name__)

OK = "ok"
TEXT_LIMIT = 255
DETAIL_LIMIT = 8000
"""Characters of what was before, and of what is after."""

LIST_LIMIT = 50
"""Items of a list in there."""


@dataclass(frozen=True, slots=True)
class Deed:
    at: datetime
    who: Caller
    what: str
    address: str = ""
    hostname: str = ""
    target: str = ""
    before: Any = None
    after: Any = None
    numbers: tuple[str, ...] = ()
    """Phone numbers in full; only the store sees them, and keeps them apart."""
    status: int | None = None
    outcome: str = OK
    times: int = 1
    since: datetime | None = None
    request_id: str = ""


class Note:
    """What a handler adds to the row of its request."""

    # In the class, so that a heartbeat, which adds nothing, need not set them.
    before: Any = None
    after: Any = None
    target: str = ""
    numbers: tuple[str, ...] = ()
    who: Caller | None = None
    """Whom the request has turned out to come from; None: as the guard found."""


NOTE: ContextVar[Note | None] = ContextVar("note", default=None)
"""Of the request under way; set by the audit layer."""


def note(
    *,
    before: Any = None,
    after: Any = None,
    target: str = "",
    numbers: Sequence[str | None] = (),
    who: Caller | None = None,
) -> None:
    """Add to the row of this request. Never a secret or the text of a message; phone numbers only in `numbers`.

    `who` is for a sign-in that succeeds: the request itself came from nobody.
    """
    current = NOTE.get()
    if current is None:
        return
    current.before = before if before is not None else current.before
    current.after = after if after is not None else current.after
    current.target = target or current.target
    current.who = who or current.who
    current.numbers += tuple(number for number in numbers if number)


def add_to_note(**more: Any) -> None:
    """Add to what is after, where that is a dict already."""
    current = NOTE.get()
    if current is not None and isinstance(current.after, dict):
        current.after |= more


def text_of(detail: Any) -> str:
    """What was before or is after as bounded JSON; empty for nothing."""
    if detail is None:
        return ""
    try:
        text = encode(_bounded(msgspec.to_builtins(detail))).decode()
    except TypeError as error:
        # A defect of one handler must not keep all other rows from being written.
        log.error("the audit log cannot tell of a %s: %s", type(detail).__name__, error)
        return '{"left_out":"not JSON"}'
    return text if len(text) <= DETAIL_LIMIT else '{"left_out":"too long"}'


def clean(text: str) -> str:
    """Text from the network without anything that a database or a screen could stumble over."""
    return visible(text)[:TEXT_LIMIT]


def _bounded(detail: Any) -> Any:
    if isinstance(detail, dict):
        return {clean(str(name)): _bounded(value) for name, value in detail.items()}
    if isinstance(detail, list):
        shown = [_bounded(value) for value in detail[:LIST_LIMIT]]
        return [*shown, f"and {len(detail) - LIST_LIMIT} more"] if len(detail) > LIST_LIMIT else shown
    return clean(detail) if isinstance(detail, str) else detail
