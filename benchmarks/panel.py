"""`bench panel`: the board of 10,000 clients in a browser: how soon it is there, and how it bears 50 changes a second.

The server, the browser and the PCs share this machine, so the browser has less of it than a supervisor's PC gives.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from benchmarks.errors import CannotMeasure
from benchmarks.figures import Figure, Target, percentile
from benchmarks.panel_browser import chromium, megabytes_of_heap, opened_board, signed_in
from benchmarks.panel_news import News, delays
from benchmarks.panel_office import Clicks, Office, office
from benchmarks.screen import Progress, print_facts, print_table, print_targets

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHANGES_A_SECOND = 50.0
WANTED_PAINT, WANTED_SHOWN, WANTED_KEY = 1500.0, 1000.0, 100.0
"""Milliseconds."""

TYPED = ("desktop-0001", "касса-09", "1 2 3")
"""Texts for the filter: for few, for some and for many clients."""

BETWEEN_KEYS = 80
"""Milliseconds: twelve keys a second, as a quick typist has them."""


@dataclass(frozen=True)
class Plan:
    clients: int
    loads: int
    seconds: float


FULL, QUICK = Plan(clients=10_000, loads=7, seconds=20.0), Plan(clients=300, loads=2, seconds=2.0)


@dataclass(frozen=True)
class Life:
    """What the page lived through while changes came."""

    frames: list[float]
    long: list[float]
    keys: list[float]
    seen: list[News]


def run(*, quick: bool) -> int:
    """Measure and print. 0 when every target is met, else 1; raises `CannotMeasure`."""
    machine.require_linux()
    plan, progress = QUICK if quick else FULL, Progress()
    print("MicroSIP Manager, bench panel\n")
    with (
        tempfile.TemporaryDirectory(prefix="microsip-bench-") as folder,
        chromium() as browser,
        office(Path(folder), plan.clients) as started,
    ):
        print_facts([*machine.facts(machine.Cores(None, None)), ("browser", f"Chromium {browser.version}, no window")])
        state = signed_in(browser, started)
        loads = []
        for number in range(plan.loads):
            progress.show(f"panel: opening the board, {number + 1} of {plan.loads}")
            page = opened_board(browser, started, state, plan.clients)
            loads.append(_load(page))
            page.context.close()
        page = opened_board(browser, started, state, plan.clients)
        targets = _report_loads(loads, plan, progress) + _live(page, started, plan, progress)
    print_targets(targets)
    if quick:
        print("\n--quick: too few clients to judge by; leave it out to measure")
    return 0 if all(target.met for target in targets) else 1


def _load(page: Page) -> tuple[float, float]:
    """Milliseconds until something was painted, and until there were rows."""
    painted, rows = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null, noted.rows]"
    )
    if painted is None:
        raise CannotMeasure("the browser tells no first paint")
    return painted, rows


def _report_loads(loads: list[tuple[float, float]], plan: Plan, progress: Progress) -> list[Target]:
    progress.clear()
    painted, rows = (Figure(each) for each in zip(*loads, strict=True))
    print_table(
        "The board opens",
        [f"{plan.clients:,} clients, {plan.loads} times, each with an empty cache; median (fastest–slowest)"],
        ("ms",),
        [("first contentful paint", painted.show(0)), ("clients on the screen", rows.show(0))],
    )
    return [
        Target(f"panel: {name}, ms", each.show(0), f"< {WANTED_PAINT:g}", each.middle < WANTED_PAINT)
        for name, each in (("first paint", painted), ("clients on the screen", rows))
    ]


def _live(page: Page, started: Office, plan: Plan, progress: Progress) -> list[Target]:
    """Changes for so many seconds with nobody at the keys, and again with somebody who types."""
    before = megabytes_of_heap(page)
    with Clicks(started, CHANGES_A_SECOND) as clicks:
        _wait(page, 1.0)  # until the pace is steady
        page.evaluate("noteAnew()")
        since = time.time()
        _wait(page, plan.seconds, lambda left: progress.show(f"panel: changes, {left:.0f} s to go"))
        until = time.time()
        _wait(page, 1.5)  # for the last of them to be shown
        calm, told = _life(page), [one for one in clicks.told if since <= one.at <= until]
        page.evaluate("noteAnew()")
        typed, kept = _type(page, plan.seconds, progress)
        busy = _life(page)
        heard = int(page.evaluate("noted.characters"))
    clicks.check()
    grown = megabytes_of_heap(page) - before
    progress.clear()
    shown = [delay * 1000 for delay in delays(told, calm.seen)]
    keys = sorted(busy.keys)
    _report_life(calm, busy, shown, grown, plan)
    late = sum(delay > WANTED_SHOWN for delay in shown)
    dropped = typed - heard + (0 if kept else 1)
    return [
        Target(
            f"panel: {CHANGES_A_SECOND:g} changes/s, shown late",
            f"{late} of {len(shown):,}",
            f"0 after {WANTED_SHOWN:g} ms",
            not late and len(shown) >= CHANGES_A_SECOND * plan.seconds * 0.95,
        ),
        Target("panel: characters dropped", f"{dropped} of {typed}", "0", not dropped),
        Target(
            "panel: key to its effect, p99, ms",
            f"{percentile(keys, 0.99):.0f}",
            f"< {WANTED_KEY:g}",
            percentile(keys, 0.99) < WANTED_KEY,
        ),
    ]


def _wait(page: Page, seconds: float, tell: Any = lambda left: None) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        tell(left)
        page.wait_for_timeout(min(left, 1.0) * 1000)


def _type(page: Page, seconds: float, progress: Progress) -> tuple[int, bool]:
    """Type into the filter, empty it and move about the board; how many characters, and whether all were kept."""
    typed, kept, until = 0, True, time.monotonic() + seconds
    texts = cycle(TYPED)
    while time.monotonic() < until:
        text = next(texts)
        progress.show(f"panel: typing {text!r} while changes come")
        page.keyboard.press("/")
        page.keyboard.type(text, delay=BETWEEN_KEYS)
        kept = kept and page.locator("#text").input_value() == text
        for _ in text:
            page.keyboard.press("Backspace", delay=BETWEEN_KEYS / 2)
        page.keyboard.press("Escape")
        for key in islice(cycle(("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp")), 8):
            page.keyboard.press(key, delay=BETWEEN_KEYS / 2)
        typed += 2 * len(text)
    return typed, kept


def _life(page: Page) -> Life:
    noted = page.evaluate("noted")
    return Life(noted["frames"], noted["long"], noted["keys"], [News(*one) for one in noted["seen"]])


def _report_life(calm: Life, busy: Life, shown: list[float], grown: float, plan: Plan) -> None:
    def row(name: str, values: list[float]) -> tuple[str, ...]:
        ordered = sorted(values) or [0.0]
        return name, *(f"{percentile(ordered, share):,.0f}" for share in (0.5, 0.99, 1.0)), f"{len(values):,}"

    print_table(
        f"{CHANGES_A_SECOND:g} changes a second at PCs on the screen",
        [f"{plan.seconds:g} s with nobody at the keys, then {plan.seconds:g} s with somebody who types; ms"],
        ("p50", "p99", "longest", "how many"),
        [
            row("change until painted", shown),
            row("frame", calm.frames),
            row("frame while typing", busy.frames),
            row("long task", calm.long),
            row("long task while typing", busy.long),
            row("key until painted", busy.keys),
        ],
    )
    print(f"\n  the page's heap grew by {grown:+.1f} MB")
