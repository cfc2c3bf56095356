"""`bench link`: the link, its commands and its crowds, each beside the bare thing that does nothing else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import link_crowd, link_events, link_heartbeats, link_many, link_round_trip, machine
from benchmarks.errors import CannotMeasure
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
    missing = []
    for part in (link_heartbeats, link_round_trip, link_many, link_events, link_crowd):
        with tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder:
            try:
                targets += part.measure(plan, cores, Path(folder), progress)
            except CannotMeasure as reason:
                # One of them that this machine cannot do should not cost the others.
                progress.clear()
                missing.append(f"not measured, {part.__name__.rpartition('.')[2]}: {reason}")
    print_targets(targets)
    for line in missing:
        print(f"  MISSED  {line}")
    if quick:
        print("\n--quick: too short to judge by; leave it out to measure")
    return 0 if not missing and all(target.met for target in targets) else 1
