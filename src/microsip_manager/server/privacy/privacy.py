"""What is kept about one extension or number: told as a whole, and erased as far as that is possible."""

from __future__ import annotations

import logging
from typing import Protocol, TypeVar

from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.privacy.places import stays
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.privacy import (
    PrivacyErased,
    PrivacyErasure,
    PrivacyErasureReport,
    PrivacyExport,
    PrivacyRows,
    PrivacySubject,
)

log = logging.getLogger(__name__)

Found = TypeVar("Found")


class PrivacyStore(Protocol):
    """All raise `StoreFailed` and block."""

    def spellings(self, subject: PrivacySubject) -> list[str]:
        """The ways in which the number is written in calls."""
        ...

    def find(self, subject: PrivacySubject) -> list[PrivacyRows]:
        """Everything about the subject, place by place."""
        ...

    def erase(self, subject: PrivacySubject, *, dry_run: bool) -> list[PrivacyErased]:
        """Erase it, all or nothing, or only count what that would be."""
        ...


class Privacy:
    """Leaves the database to threads. All raise `NotReady`."""

    def __init__(self, store: PrivacyStore, recorder: Recorder, audit: AuditLog) -> None:
        self._store = store
        self._recorder = recorder
        self._audit = audit

    async def export(self, subject: PrivacySubject) -> PrivacyExport:
        return await in_thread(self._export, subject)

    async def erase(self, wish: PrivacyErasure) -> PrivacyErasureReport:
        report = await in_thread(self._erase, wish)
        if not wish.dry_run:
            log.warning("data about an extension or a number were erased: %d rows", sum(e.rows for e in report.erased))
        return report

    def _export(self, subject: PrivacySubject) -> PrivacyExport:
        self._write_what_waits()
        return PrivacyExport(self._store.spellings(subject), self._store.find(subject), stays())

    def _erase(self, wish: PrivacyErasure) -> PrivacyErasureReport:
        self._write_what_waits()
        spellings = self._store.spellings(wish)
        return PrivacyErasureReport(wish.dry_run, spellings, self._store.erase(wish, dry_run=wish.dry_run), stays())

    def _write_what_waits(self) -> None:
        """It would else come back behind an erasure."""
        self._recorder.write()
        self._audit.write_all()
