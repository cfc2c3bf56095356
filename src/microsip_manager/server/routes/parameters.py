"""Query parameters that several requests take in the same way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime

from fastapi import Request

from microsip_manager.server.call_query import in_utc
from microsip_manager.server.errors import BadRequest

MOMENT = "expected ISO 8601, such as 2026-03-02T08:00:00Z or 2026-03-02; without a time zone it is UTC"


def check_names(request: Request, known: Sequence[str]) -> None:
    """Refuse an unknown parameter: overlooked, a misspelt filter would show all as if it had been applied."""
    for name in request.query_params:
        if name not in known:
            similar = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {similar[0]!r}?" if similar else ""
            raise BadRequest(f"query.{name[:50]!r}: there is no such parameter.{hint} There are {', '.join(known)}.")


def moment_of(name: str, text: str | None) -> datetime | None:
    """The moment that the parameter of this name holds, in UTC; raises `BadRequest`."""
    if text is None:
        return None
    try:
        # A `+` that was not percent-encoded has become a blank; no moment has one before its time zone.
        return in_utc(datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text))
    except ValueError:
        raise BadRequest(f"query.{name}: {MOMENT}; got {text!r}") from None
