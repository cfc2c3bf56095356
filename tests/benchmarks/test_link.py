"""The benchmark of the link runs and shows its figures. Not whether targets are met: these machines are noisy."""

from __future__ import annotations

import re
import sys

import pytest

from benchmarks.link_events import Reader
from benchmarks.link_load import BEAT, frame
from tests.benchmarks.test_heartbeats import bench


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the CPU time of other processes the Linux way")
def test_quick_run_shows_every_figure_or_says_what_is_missing() -> None:
    done = bench("link", "--quick")

    assert done.returncode in (0, 1), done.stderr
    spread = r"[\d.,]+ \([\d.,]+–[\d.,]+\)"
    assert re.search(rf"^  CPU per heartbeat, µs +{spread} +{spread}$", done.stdout, re.MULTILINE)
    for bare in ("relay", "echo"):
        assert re.search(rf"set_dnd: p50 / p50 of the bare {bare} +{spread} +wanted ≤ 2", done.stdout)
    assert re.search(rf"many at once: time / time of NATS +{spread}|not measured, link_many: ", done.stdout)
    assert re.search(r"state change until its reader has it: p99 +[\d.]+ ms +wanted < 100 ms", done.stdout)
    assert re.search(r"idle link: memory of the server +[\d.]+ KB", done.stdout)
    assert re.search(r"300 links: all back after kill -9 +[\d.]+ s, 0 offline", done.stdout)


def test_a_text_is_framed_as_a_client_frames_it() -> None:
    assert BEAT == b'\x81\x8c\0\0\0\0{"t":"beat"}'
    assert frame(b"x" * 300) == b"\x81\xfe\x01\x2c\0\0\0\0" + b"x" * 300


def test_a_click_counts_from_the_report_until_it_is_told() -> None:
    reader = Reader()
    reader.clicked["NIKITA"] = 5.0

    reader.take(b'id: 1\nevent: client\ndata: {"client":{"hostname":"OLGA"}}', 5.5)
    reader.take(b'id: 2\nevent: client\ndata: {"client":{"hostname":"NIKITA"}}', 6.0)
    reader.take(b'id: 3\nevent: client\ndata: {"client":{"hostname":"NIKITA"}}', 7.0)

    assert reader.latencies(1) == [1.0]
