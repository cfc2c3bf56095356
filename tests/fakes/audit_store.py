"""An `AuditStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from microsip_manager.server.audit.audit_query import FAILED, AuditQuery
from microsip_manager.server.audit.chain import ANCHOR, AuditRow, Head, Removal, next_row, removal_of
from microsip_manager.server.audit.deed import OK, Deed
from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.identity.caller import SERVER
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone_state import masked


class MemoryAuditStore:
    def __init__(self) -> None:
        self.kept: list[AuditRow] = []
        self.end = Head()
        self.fails_with: str | None = None
        self.pseudonyms: dict[str, str] = {}

    def append(self, deeds: Sequence[Deed]) -> Head:
        self._check()
        for deed in deeds:
            names = [
                f"{masked(number)} #{self.pseudonyms.setdefault(number, f'{len(self.pseudonyms):016x}')}"
                for number in deed.numbers
            ]
            row = next_row(self.end, deed, names)
            self.kept.append(row)
            self.end = Head(row.seq, row.hash)
        return self.end

    def page(self, query: AuditQuery, before: int | None, most: int) -> list[AuditRow]:
        self._check()
        found = [row for row in reversed(self.kept) if before is None or row.seq < before]
        return [row for row in found if _fits(row, query)][:most]

    def rows(self, after: int, to: int, most: int) -> list[AuditRow]:
        self._check()
        return [row for row in self.kept if after < row.seq <= to][:most]

    def head(self) -> Head:
        self._check()
        return self.end

    def removals(self) -> list[Removal]:
        return [found for found in map(removal_of, self.kept) if found is not None]

    def forget(self, before: datetime, now: datetime) -> int:
        self._check()
        kept = min((row.seq for row in self.kept if row.at >= before), default=None)
        old = [row for row in self.kept if kept is None or row.seq < kept]
        if not old:
            return 0
        told = Removal(old[-1].seq, old[-1].hash)
        self.append([Deed(now, SERVER.named("audit"), ANCHOR, after=msgspec.to_builtins(told))])
        self.kept = [row for row in self.kept if row.seq > told.removed_to]
        return len(old)

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)


def _fits(row: AuditRow, query: AuditQuery) -> bool:
    shown = f"{row.who_kind} {row.who_name}".rstrip()
    return (
        query.who in (None, shown, row.who_name, row.who_id)
        and (query.what is None or query.what in row.what)
        and (query.hostname is None or hostname_key(query.hostname) == row.client_key)
        and (query.outcome is None or (row.outcome != OK if query.outcome == FAILED else row.outcome == query.outcome))
        and (query.begin is None or row.at >= query.begin)
        and (query.end is None or row.at < query.end)
    )
