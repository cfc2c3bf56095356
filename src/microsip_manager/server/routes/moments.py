"""Moments in the query of a request."""

from __future__ import annotations

from datetime import datetime

from microsip_manager.server.call_query import in_utc
from microsip_manager.server.errors import BadRequest

MOMENT = "expected ISO 8601, such as 2026-03-02T08:00:00Z or 2026-03-02; without a time zone it is UTC"


def moment(name: str, text: str | None) -> datetime | None:
    """The moment that a parameter of this name says, in UTC; raises `BadRequest`."""
    if text is None:
        return None
    try:
        # A `+` that was not percent-encoded has become a blank; no moment has one before its time zone.
        return in_utc(datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text))
    except ValueError:
        raise BadRequest(f"query.{name}: {MOMENT}; got {text!r}") from None
