"""`bench heartbeats`: a heartbeat and the list of clients, our server and a bare application in turns.

Both run the same uvicorn in a process of their own on one core; the callers have the other core. Turns are short and
many, so that what else happens on the machine meets both alike, and the ratio holds where the figures themselves move.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import list_of_clients, machine, one_heartbeat
from benchmarks.plan import FULL, QUICK
from benchmarks.screen import Progress, print_facts, print_targets


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    plan, progress, cores = QUICK if quick else FULL, Progress(), machine.two_cores()
    print("MicroSIP Manager, bench heartbeats\n")
    print_facts(machine.facts(cores))
    machine.pin(os.getpid(), cores.load)
    with tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder:
        targets = one_heartbeat.measure(plan, cores, Path(folder), progress)
    with tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder:
        targets += list_of_clients.measure(plan, cores, Path(folder), progress)
    print_targets(targets)
    if quick:
        print("\n--quick: too short to judge by; leave it out to measure")
    return 0 if all(target.met for target in targets) else 1
