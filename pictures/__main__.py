"""`python run.py pictures FOLDER`: the panel as it looks with an office in it, for whoever judges or shows it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from benchmarks.errors import CannotMeasure
from benchmarks.panel_browser import chromium, signed_in
from pictures.office import office, zone_of_the_afternoon
from pictures.people import WATCHED, desks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from benchmarks.panel_office import Office

SMALL, MIDDLE, LARGE = 60, 300, 500
"""How many PCs an office has."""

NIKITA = desks(SMALL)[WATCHED].hostname


@dataclass(frozen=True)
class Picture:
    name: str
    path: str
    ready: str
    """What is there once the page shows what it has."""
    office: int = SMALL
    width: int = 1440
    height: int = 900
    language: str = "en"
    theme: Literal["light", "dark"] = "light"
    whole: bool = False
    """Not only what fits the window."""


PICTURES = (
    # Those of the README, in both languages.
    *(
        Picture(f"board{end}", "/?view=cards", "#rows .card", width=1280, height=760, language=language)
        for end, language in (("", "en"), (".ru", "ru"))
    ),
    *(
        Picture(
            f"statistics{end}", "/statistics?period=month", ".chart canvas", width=1280, height=760, language=language
        )
        for end, language in (("", "en"), (".ru", "ru"))
    ),
    Picture("board-cards", "/?view=cards", "#rows .card"),
    Picture("board-table", "/?view=table", "#rows .row", LARGE, 1600, 900),
    Picture("client", f"/client/{NIKITA}", "#commands tbody tr", language="ru", whole=True),
    Picture("statistics-whole", "/statistics?period=month", ".chart canvas", whole=True),
    Picture("schedules", "/schedules", "#list .tile", language="ru"),
    Picture("wallboard", "/wall", "[data-column=free] li", width=1920, height=1080, language="ru"),
    Picture("phone", "/?view=cards", "#rows .card", width=390, height=844, language="ru"),
    Picture("dark", "/?view=cards&sort=status", "#rows .card", theme="dark", language="ru"),
    Picture("board-4k", "/?view=cards", "#rows .card", LARGE, 3840, 2160),
    Picture("table-ru", "/?view=table&sort=status", "#rows .row", language="ru"),
    Picture("wallboard-300", "/wall", "[data-column=free] li", MIDDLE, 1920, 1080, theme="dark"),
    Picture("client-phone", f"/client/{NIKITA}", "#timeline svg[role=img]", width=390, height=844, language="ru"),
    Picture("statistics-phone", "/statistics?period=week", ".chart canvas", width=390, height=844, language="ru"),
    Picture("calls", "/calls", "#calls tbody tr", language="ru"),
)


ALL_DRAWN = "() => [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('canvas'))"
"""The charts of a page are drawn one after the other."""


def main(argv: Sequence[str] | None = None) -> int:
    """Take them. 0 when all are there, 2 when they could not be taken."""
    parser = argparse.ArgumentParser(
        prog="run.py pictures",
        description="Photograph the pages of the panel, with an office that looks like a real one.",
        epilog="example:\n  python run.py pictures build/pictures",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(one.name for one in PICTURES)}")
    given = parser.parse_args(argv)
    wanted = [one for one in PICTURES if not given.names or one.name in given.names]
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            for size in sorted({one.office for one in wanted}):
                _take([one for one in wanted if one.office == size], size, browser, given.folder)
    except CannotMeasure as reason:
        print(f"pictures: {reason}", file=sys.stderr)
        return 2
    return 0


def _take(pictures: Sequence[Picture], size: int, browser: Browser, folder: Path) -> None:
    zone = zone_of_the_afternoon(datetime.now(UTC))
    with ExitStack() as stack:
        kept = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="microsip-pictures-")))
        started = stack.enter_context(office(kept, size, zone))
        state = signed_in(browser, started)
        for picture in pictures:
            page = _opened(picture, browser, started, state, zone)
            page.screenshot(path=folder / f"{picture.name}.png", full_page=picture.whole)
            page.context.close()
            print(folder / f"{picture.name}.png", flush=True)


def _opened(picture: Picture, browser: Browser, started: Office, state: object, zone: ZoneInfo) -> Page:
    screen: ViewportSize = {"width": picture.width, "height": picture.height}
    context = browser.new_context(
        base_url=started.url,
        viewport=screen,
        color_scheme=picture.theme,
        locale={"en": "en-GB", "ru": "ru-RU"}[picture.language],
        timezone_id=zone.key,
        storage_state=state,  # type: ignore[arg-type] # as Playwright gave it
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(picture.path)
    page.locator(picture.ready).first.wait_for()
    page.wait_for_function(ALL_DRAWN)
    page.wait_for_timeout(700)
    return page


if __name__ == "__main__":
    sys.exit(main())
