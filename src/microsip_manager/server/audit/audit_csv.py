"""The audit log as CSV, in the same form as calls. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from microsip_manager.server.audit.chain import AuditRow
from microsip_manager.server.call_csv import BYTE_ORDER_MARK, csv_lines, safe

COLUMNS = (
    "seq",
    "at",
    "who",
    "who_id",
    "address",
    "what",
    "hostname",
    "target",
    "before",
    "after",
    "numbers",
    "status",
    "outcome",
    "times",
    "since",
    "request_id",
    "hash",
)


def head() -> str:
    return BYTE_ORDER_MARK + csv_lines([COLUMNS])


def lines(rows: Sequence[AuditRow]) -> str:
    return csv_lines([_cells(row) for row in rows])


def _cells(row: AuditRow) -> Sequence[str]:
    return (
        str(row.seq),
        _moment(row.at),
        safe(f"{row.who_kind} {row.who_name}".rstrip()),
        safe(row.who_id),
        safe(row.address),
        safe(row.what),
        safe(row.hostname),
        safe(row.target),
        safe(row.before),
        safe(row.after),
        safe(row.numbers),
        "" if row.status is None else str(row.status),
        safe(row.outcome),
        str(row.times),
        "" if row.since is None else _moment(row.since),
        safe(row.request_id),
        row.hash,
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
