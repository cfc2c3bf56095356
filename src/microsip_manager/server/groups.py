"""Groups and labels: whom a name stands for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import GroupStore
from microsip_manager.server.errors import BadRequest, UnknownGroup
from microsip_manager.wire.groups import Group, GroupSize, Labels, check_label
from microsip_manager.wire.names import check_hostname, check_name, hostname_key

log = logging.getLogger(__name__)

Found = TypeVar("Found")


class Groups:
    """Asks the database each time, off the event loop: another server may have changed it. All raise `NotReady`."""

    def __init__(self, store: GroupStore) -> None:
        self._store = store

    async def all(self) -> list[GroupSize]:
        return await in_thread(self._store.groups)

    async def all_with_members(self) -> list[GroupSize]:
        found = await in_thread(self._store.groups_with_members)
        return [GroupSize(group.name, len(group.members), group.members) for group in found]

    async def one(self, name: str) -> Group:
        """The group; raises `UnknownGroup`."""
        return _known(name, await in_thread(self._store.group, name))

    async def put(self, name: str, members: Sequence[str]) -> Group:
        """Make the group, or give it these members; raises `BadRequest` for a name that none can have."""
        _check(check_name, name, "name")
        await in_thread(self._store.put, Group(name, list(members)))
        log.info("group %s: %d members", name, len(members))
        return await self.one(name)

    async def change(self, name: str, add: Sequence[str], remove: Sequence[str]) -> Group:
        """Let these in and those out; raises `UnknownGroup`."""
        found = _known(name, await in_thread(self._store.change, name, add, remove))
        log.info("group %s: %d members", found.name, len(found.members))
        return found

    async def remove(self, name: str) -> Group:
        """The group as it was; raises `UnknownGroup`."""
        found = _known(name, await in_thread(self._store.remove, name))
        log.info("group %s: removed", found.name)
        return found

    async def labels(self, hostname: str) -> Labels:
        """The labels of a client, heard of or not; raises `BadRequest` for a hostname that none can have."""
        _check(check_hostname, hostname)
        return Labels(hostname, await in_thread(self._store.labels, hostname))

    async def change_labels(self, hostname: str, changes: Mapping[str, str | None]) -> Labels:
        """Set and take away labels; raises `BadRequest` for a hostname that none can have."""
        _check(check_hostname, hostname)
        return Labels(hostname, await in_thread(self._store.change_labels, hostname, changes))

    async def members(self, group: str | None, labels: Sequence[str]) -> set[str]:
        """The keys of those in the group (None: any) with all of these labels, `floor` or `floor=2`; at least one
        of both is given.

        Raises `UnknownGroup` and `BadRequest`.
        """
        wanted = [_label(text) for text in labels]
        found = [await in_thread(self._store.labelled, name, value) for name, value in wanted]
        if group is not None:
            found.append({hostname_key(member) for member in (await self.one(group)).members})
        return set.intersection(*found)


def _label(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    _check(check_label, name)
    return name, value if equals else None


def _known(name: str, group: Group | None) -> Group:
    if group is None:
        raise UnknownGroup(name)
    return group


def _check(check: Callable[..., None], *names: str) -> None:
    try:
        check(*names)
    except ValueError as error:
        raise BadRequest(str(error)) from None
