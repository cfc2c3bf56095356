"""`bench link`: the link, its commands and its crowds, each beside the bare thing that does nothing else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import link_crowd, link_heartbeats, machine
from benchmarks.plan import FULL, QUICK
from benchmarks.screen import Progress, print_facts, print_targets


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    plan, progress, cores = QUICK if quick else FULL, Progress(), machine.two_cores()
    print("MicroSIP Manager, bench link\n")
    print_facts(machine.facts(cores))
    machine.pin(os.getpid(), cores.load)
    targets = []
    for part in (link_heartbeats, link_crowd):
        with tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder:
            targets += part.measure(plan, cores, Path(folder), progress)
    print_targets(targets)
    if quick:
        print("\n--quick: too short to judge by; leave it out to measure")
    return 0 if all(target.met for target in targets) else 1
