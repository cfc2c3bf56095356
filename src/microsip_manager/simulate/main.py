"""Runs a simulation and shows how it goes."""

from __future__ import annotations

import ipaddress
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from microsip_manager.simulate.plan import Counts, Plan
from microsip_manager.simulate.workers import Worker, running, sum_of

SHOW_EVERY = 1.0
LINE_EVERY = 10.0
"""Where the output is no terminal."""


class NotHere(ValueError):
    """Simulated PCs may only be sent to a server on this machine; the text says so."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"{server} is not on this machine: simulated PCs would fill the list and the database of a real server"
        )


def check_server(server: str) -> None:
    """Raises `NotHere`."""
    host = urlsplit(server).hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or not server.startswith(("http://", "https://")):
        raise NotHere(server)


def simulate(plan: Plan, wait: Callable[[float], object] = time.sleep, join_token: str = "") -> bool:
    """Run until the plan's time is over or Ctrl-C. False when no PC ever reached the server."""
    check_server(plan.server)
    began = time.monotonic()
    shown_at, most = -LINE_EVERY, 0
    try:
        with running(plan, join_token) as workers:
            while any(worker.process.poll() is None for worker in workers):
                wait(SHOW_EVERY)
                counts, now = sum_of(workers), time.monotonic() - began
                most = max(most, counts.connected)
                if sys.stdout.isatty():
                    print(f"\r\033[K{line(now, plan, counts)}", end="", flush=True)
                elif now - shown_at >= LINE_EVERY:
                    shown_at = now
                    print(line(now, plan, counts), flush=True)
            failed = _failed(workers)
    except KeyboardInterrupt:
        failed = False
    if sys.stdout.isatty():
        print()
    return most > 0 and not failed


def line(seconds: float, plan: Plan, counts: Counts) -> str:
    way = "linked" if plan.link else "connected"
    return (
        f"{seconds:5.0f} s  {counts.connected:,} of {plan.clients:,} PCs {way}, MicroSIP open on {counts.awake:,}, "
        f"{counts.beats:,} heartbeats, {counts.commands:,} commands, {counts.calls:,} calls, {counts.lost:,} lost"
    )


def _failed(workers: list[Worker]) -> bool:
    return any(worker.process.returncode for worker in workers)
