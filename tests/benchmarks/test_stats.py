"""The benchmark runs and shows its figures; whether targets are met is for a quiet machine to say."""

from __future__ import annotations

import re
import sys

import pytest

from tests.benchmarks.test_heartbeats import bench


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of another process the Linux way")
def test_quick_run_shows_a_day_and_a_month_and_that_the_server_lives() -> None:
    done = bench("stats", "--quick")

    assert done.returncode in (0, 1), done.stderr
    for row in ("one day", "31 days", "31 days of one client", "/healthz meanwhile"):
        assert re.search(rf"^  {row} +[\d.,]+ +[\d.,]+$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"stats: one day, p50, ms +[\d.,]+ +wanted ≤ 150", done.stdout)
