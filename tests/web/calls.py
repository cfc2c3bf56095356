"""Calls of the past, as an agent would report them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.fleet.processes import Server


def call(number: str, ago: timedelta = timedelta(minutes=1), **fields: Any) -> dict[str, Any]:
    started = (datetime.now(UTC) - ago).replace(microsecond=0)
    given = {
        "hostname": "NIKITA",
        "extension": "100",
        "key": 1,
        "number": number,
        "name": "",
        "direction": "incoming",
        "started_at": started.isoformat(),
        "duration": 61,
        "info": "Call Ended",
        "ended": True,
        **fields,
    }
    return {"id": hashlib.sha256(repr(given).encode()).hexdigest()[:32], **given}


def report(server: Server, *calls: dict[str, Any]) -> None:
    requests.post(f"{server.url}/api/calls", json=calls, timeout=30).raise_for_status()
