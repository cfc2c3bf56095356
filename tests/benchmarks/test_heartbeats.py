"""The benchmark runs and shows its figures. Not whether targets are met: the machines that run tests are noisy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the CPU time of other processes the Linux way")
def test_quick_run_shows_both_servers_and_the_ratio_of_each_measurement() -> None:
    done = bench("heartbeats", "--quick")

    assert done.returncode in (0, 1), done.stderr
    spread = r"[\d.,]+ \([\d.,]+–[\d.,]+\)"
    assert re.search(rf"^  CPU per request, µs +{spread} +{spread} +{spread}$", done.stdout, re.MULTILINE)
    assert re.search(rf"heartbeat: CPU with keys / CPU without +{spread} +wanted ≤ 1.15", done.stdout)
    assert re.search(rf"^  CPU per request, ms +{spread} +{spread}$", done.stdout, re.MULTILINE)
    assert re.search(rf"heartbeat: CPU of bare / CPU of this server +{spread} +wanted ≥ 0.70", done.stdout)
    assert re.search(rf"list: CPU of this server / CPU of bare +{spread} +wanted ≤ 1.5", done.stdout)
    assert re.search(r"heartbeat: database commits +\d+ for [\d,]+", done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of other processes the Linux way")
def test_quick_run_finds_calls_and_exports_all_of_them() -> None:
    done = bench("calls", "--quick")

    assert done.returncode in (0, 1), done.stderr
    assert re.search(r"^  first page +100 +[\d.]+ +[\d.]+$", done.stdout, re.MULTILINE)
    assert re.search(r"^  one PC, missed +\d+ +[\d.]+ +[\d.]+$", done.stdout, re.MULTILINE)
    assert "export: 20,000 calls" in done.stdout
    assert re.search(r"export: growth of memory, MB +[\d.-]+ +wanted < ", done.stdout)


def test_unknown_name_is_told_with_the_names_there_are() -> None:
    done = bench("heartbeat")

    assert done.returncode == 2
    assert "invalid choice: 'heartbeat'" in done.stderr
    assert "heartbeats" in done.stderr
