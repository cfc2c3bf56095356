"""What may stand in a query."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from fastapi import Request

from microsip_manager.server.errors import BadRequest


def check_parameters(request: Request, known: Sequence[str]) -> None:
    """Refuse an unknown parameter: overlooked, a misspelt filter would show all as if it had been applied."""
    for name in request.query_params:
        if name not in known:
            similar = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {similar[0]!r}?" if similar else ""
            raise BadRequest(f"query.{name[:50]!r}: there is no such parameter.{hint} There are {', '.join(known)}.")
