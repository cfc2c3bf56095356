"""Lets the PCs of a benchmark in, as agents with keys, and ends protected mode."""

from __future__ import annotations

from collections.abc import Iterable

import httpx2

from benchmarks.errors import CannotMeasure
from benchmarks.requests import beat_of
from microsip_manager.agent.key_file import new_key
from microsip_manager.wire import paths


def let_in(port: int, count: int) -> list[str]:
    """The keys of so many PCs; raises `CannotMeasure`."""
    with httpx2.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        keys = enrolled(http, range(count))
        _asked(http, paths.TOKENS, name="bench", role="viewer")
    return keys


def enrolled(http: httpx2.Client, numbers: Iterable[int]) -> list[str]:
    """The keys of the PCs with these numbers, on a server that has no accounts yet; raises `CannotMeasure`."""
    keys = {number: new_key() for number in numbers}
    token = _asked(http, paths.JOIN_TOKENS, name="bench", uses=len(keys))["join_token"]
    for number, key in keys.items():
        _asked(http, paths.ENROL, join_token=token, key=key, hostname=beat_of(number).hostname)
    return list(keys.values())


def _asked(http: httpx2.Client, path: str, **body: object) -> dict[str, str]:
    answer = http.post(path, json=body)
    if answer.status_code not in (httpx2.codes.OK, httpx2.codes.CREATED):
        raise CannotMeasure(f"the server answers {answer.status_code} to POST {path}")
    found: dict[str, str] = answer.json()
    return found
