"""A `GroupStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microsip_manager.server.errors import StoreFailed
from microsip_manager.wire.groups import Group, GroupSize
from microsip_manager.wire.names import hostname_key


class MemoryGroupStore:
    def __init__(self) -> None:
        self._groups: dict[str, tuple[str, dict[str, str]]] = {}
        self._labels: dict[str, dict[str, str]] = {}
        self.fails_with: str | None = None

    def groups(self) -> list[GroupSize]:
        self._check()
        return [GroupSize(name, len(members)) for _, (name, members) in sorted(self._groups.items())]

    def groups_with_members(self) -> list[Group]:
        return [group for row in self.groups() if (group := self.group(row.name)) is not None]

    def group(self, name: str) -> Group | None:
        self._check()
        found = self._groups.get(hostname_key(name))
        return Group(found[0], [hostname for _, hostname in sorted(found[1].items())]) if found else None

    def put(self, group: Group) -> None:
        self._check()
        members = {hostname_key(hostname): hostname for hostname in group.members}
        self._groups[hostname_key(group.name)] = group.name, members

    def change(self, name: str, add: Sequence[str], remove: Sequence[str]) -> Group | None:
        self._check()
        if (found := self._groups.get(hostname_key(name))) is None:
            return None
        found[1].update({hostname_key(hostname): hostname for hostname in add})
        for hostname in remove:
            found[1].pop(hostname_key(hostname), None)
        return self.group(name)

    def remove(self, name: str) -> Group | None:
        found = self.group(name)
        self._groups.pop(hostname_key(name), None)
        return found

    def labels(self, hostname: str) -> dict[str, str]:
        self._check()
        return dict(sorted(self._labels.get(hostname_key(hostname), {}).items()))

    def change_labels(self, hostname: str, changes: Mapping[str, str | None]) -> dict[str, str]:
        self._check()
        own = {**self._labels.get(hostname_key(hostname), {}), **changes}
        self._labels[hostname_key(hostname)] = {name: value for name, value in own.items() if value is not None}
        return self.labels(hostname)

    def labelled(self, name: str, value: str | None) -> set[str]:
        self._check()
        return {key for key, own in self._labels.items() if name in own and (value is None or own[name] == value)}

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)
