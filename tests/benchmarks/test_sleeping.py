"""What sleeping costs is measured on both systems. Memory is the same on every machine; CPU is told, not judged."""

from __future__ import annotations

import re
import sys

import pytest

from tests.benchmarks.test_heartbeats import bench


@pytest.mark.slow
@pytest.mark.wine
@pytest.mark.skipif(sys.platform != "linux", reason="reads the CPU time of other processes the Linux way")
def test_quick_run_shows_what_sleeping_costs_on_both_systems() -> None:
    done = bench("sleeping", "--quick")

    assert done.returncode in (0, 1), done.stderr
    for system in ("Linux", "Wine"):
        for when in ("as started", "after MicroSIP ran", "after GET /health"):
            assert re.search(rf"^  {system} +{when} +\d+\.\d{{3}} %( +\d+\.\d MB){{2}}$", done.stdout, re.MULTILINE)
    for system in ("Linux", "Wine"):
        for when in ("as started", "after MicroSIP ran"):
            assert re.search(rf"^  ok +{system}, {when}: memory", done.stdout, re.MULTILINE), done.stdout
