"""What axe-core finds wrong with a page, for people who see, hear or move otherwise."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """One line for each kind of violation, with the first elements that have it."""
    page.evaluate(_source())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}; {[node['html'][:150] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
