"""What a caller may see of phone numbers: the one place where those of calls are masked.

Viewers see the last digits. Operators see numbers, with groups only those of the clients in them. Admins see all, and
so does everybody whom a server without accounts serves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from msgspec import structs

from microsip_manager.server.identity.caller import Caller
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.wire.calls import Call
from microsip_manager.wire.identity import Role
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone_state import masked

_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){4,}")
"""Five digits and more, as people write numbers; SIP's own codes, such as 486, have three."""

_ANY_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){2,}")
"""In a name also the extension of a colleague."""


@dataclass(frozen=True)
class Sight:
    keys: frozenset[str] | None
    """Of the clients whose numbers are seen in full; None: of all."""

    def sees(self, client_key: str) -> bool:
        return self.keys is None or client_key in self.keys

    def call(self, call: Call) -> Call:
        """The call as this one may see it."""
        return call if self.keys is None or hostname_key(call.hostname) in self.keys else masked_call(call)


ALL, NONE = Sight(None), Sight(frozenset())


async def sight_of(caller: Caller, own: OwnGroups) -> Sight:
    """As the groups are at this moment; raises `NotReady`."""
    if caller.role is Role.ADMIN:
        return ALL
    if caller.role is not Role.OPERATOR:
        return NONE
    keys = await own.keys(caller)
    return ALL if keys is None else Sight(frozenset(keys))


def masked_call(call: Call) -> Call:
    """The call without any number that could be called: also a name may be one, and a note may hold one."""
    return structs.replace(
        call,
        number=masked(call.number) if call.number else "",
        name=_ANY_NUMBER.sub(_masked, call.name),
        info=_NUMBER.sub(_masked, call.info),
    )


def _masked(found: re.Match[str]) -> str:
    return masked(found[0])
