"""docs/SECURITY.md names tests that there are."""

from __future__ import annotations

import re

from tests.docs.markdown import ROOT, Page

SECURITY = Page("docs/SECURITY.md")


def test_every_test_it_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")))
    texts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert len(named) > 40
    assert [name for name in sorted(named) if f"def {name}(" not in texts] == []


def test_every_attack_has_something_that_stops_it_and_a_test() -> None:
    attacks = [row for section in SECURITY.sections for row in section.rows]

    assert attacks
    assert [row[0] for row in attacks if len(row) < 3 or not row[1] or "test_" not in row[2]] == []
