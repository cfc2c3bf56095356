"""The board is measured in a browser. Whether targets are met is for a quiet machine to say."""

from __future__ import annotations

import math
import re
import shutil
import sys

import pytest

from benchmarks.errors import CannotMeasure
from benchmarks.panel_browser import chromium
from benchmarks.panel_news import News, delays
from tests.benchmarks.test_heartbeats import bench


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="tells what machine this is the Linux way")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="`python run.py test --all` asks for chromium")
def test_quick_run_opens_the_board_changes_it_and_types_meanwhile() -> None:
    done = bench("panel", "--quick")

    assert done.returncode in (0, 1), done.stderr
    spread = r"[\d.,]+ \([\d.,]+–[\d.,]+\)"
    for row in ("first contentful paint", "clients on the screen"):
        assert re.search(rf"^  {row} +{spread}$", done.stdout, re.MULTILINE), done.stdout
    for row in ("change until painted", "frame", "frame while typing", "key until painted"):
        assert re.search(rf"^  {row}( +[\d,]+){{3}} +[1-9]\d*$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"50 changes/s, shown late +\d+ of (9\d|1\d\d) ", done.stdout), done.stdout
    assert re.search(r"^  ok +panel: characters dropped +0 of [1-9]", done.stdout, re.MULTILINE), done.stdout


def test_a_change_counts_until_its_client_is_shown_in_that_state() -> None:
    told = [News("olga", "dnd", 10.0), News("olga", "online", 10.6), News("nikita", "dnd", 10.0)]
    seen = [
        News("olga", "dnd", 9.0),
        News("nikita", "online", 10.1),
        News("olga", "dnd", 10.25),
        News("olga", "online", 12.6),
    ]

    assert delays(told, seen) == [0.25, 2.0, math.inf]


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CannotMeasure, match="apt-get install chromium"), chromium():
        pass


def test_without_playwright_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/chromium")
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)

    with pytest.raises(CannotMeasure, match="Playwright is missing"), chromium():
        pass
