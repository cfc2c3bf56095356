"""Which reports of a call say something new. Pure."""

from __future__ import annotations

from collections import OrderedDict

from microsip_manager.wire.calls import Call

REMEMBERED = 10_000
"""Calls. A repeat comes within a minute or two of the first report, from an agent that saw no answer to it."""


class CallNews:
    """Remembers what was last told of the latest calls, as `CallStore.take` keeps it."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._told: OrderedDict[str, Call] = OrderedDict()

    def are_in(self, call: Call) -> bool:
        """True unless this is a repeat, or staler than what was told before."""
        before = self._told.get(call.id)
        if before is not None and (before == call or _is_staler(call, before)):
            return False
        self._told[call.id] = call
        self._told.move_to_end(call.id)
        if len(self._told) > self._limit:
            self._told.popitem(last=False)
        return True


def _is_staler(call: Call, before: Call) -> bool:
    return before.ended and (not call.ended or bool(before.info and not call.info))
