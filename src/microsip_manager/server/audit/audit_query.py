"""Which rows of the audit log somebody asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FAILED = "failed"
"""As an outcome asked for: any but `ok`."""


@dataclass(frozen=True)
class AuditQuery:
    """What is None does not matter."""

    who: str | None = None
    """A name, an id, or both words as they are shown: `user anna`."""
    what: str | None = None
    """Part of it."""
    hostname: str | None = None
    outcome: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
