"""Lets the PCs of a benchmark in, as agents with keys, and ends protected mode."""

from __future__ import annotations

import httpx2

from benchmarks.errors import CannotMeasure
from benchmarks.requests import beat_of
from microsip_manager.agent.key_file import new_key
from microsip_manager.wire import paths


def let_in(port: int, count: int) -> list[str]:
    """The keys of so many PCs; raises `CannotMeasure`."""
    keys = [new_key() for _ in range(count)]
    with httpx2.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        token = _asked(http, paths.JOIN_TOKENS, name="bench", uses=count)["join_token"]
        for number, key in enumerate(keys):
            _asked(http, paths.ENROL, join_token=token, key=key, hostname=beat_of(number).hostname)
        _asked(http, paths.TOKENS, name="bench", role="viewer")
    return keys


def _asked(http: httpx2.Client, path: str, **body: object) -> dict[str, str]:
    answer = http.post(path, json=body)
    if answer.status_code not in (httpx2.codes.OK, httpx2.codes.CREATED):
        raise CannotMeasure(f"the server answers {answer.status_code} to POST {path}")
    found: dict[str, str] = answer.json()
    return found
