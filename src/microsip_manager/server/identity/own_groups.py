"""On whom a caller may act."""

from __future__ import annotations

from collections.abc import Collection

from microsip_manager.server.errors import NotAllowed, UnknownGroup
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.caller import Caller
from microsip_manager.wire.names import hostname_key


class OwnGroups:
    """Operators act on the clients of their groups; the groups may change at any time. All raise `NotReady`."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    async def keys(self, caller: Caller) -> set[str] | None:
        """The keys of the clients on which the caller may act, if its role lets it act at all; None: on all."""
        if not caller.groups:
            return None
        own: set[str] = set()
        for group in caller.groups:
            try:
                own |= await self._groups.members(group, ())
            except UnknownGroup:
                continue  # it was removed; the operator is not
        return own

    async def check(self, caller: Caller, hostname: str) -> None:
        """Raises `NotAllowed` when the client is in none of the caller's groups."""
        own = await self.keys(caller)
        if own is not None and hostname_key(hostname) not in own:
            raise NotAllowed(f"{hostname} is in none of the groups in which you may act.")


def check_named(hostnames: Collection[str], own: Collection[str]) -> None:
    """Raise `NotAllowed` when some of those that were named are not among these keys: nobody is left out in silence."""
    foreign = sum(hostname_key(hostname) not in own for hostname in hostnames)
    if foreign:
        raise NotAllowed(f"{foreign} of {len(hostnames)} are in none of the groups in which you may act.")
