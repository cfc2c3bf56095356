"""CHANGELOG.md: newest first, with an unreleased section on top."""

from __future__ import annotations

import re

from tests.docs.markdown import Page

CHANGELOG = Page("CHANGELOG.md")


def test_the_unreleased_changes_are_on_top() -> None:
    first = next(section for section in CHANGELOG.sections if section.level == 2)

    assert first.title == "Unreleased"


def test_the_versions_come_newest_first() -> None:
    titles = [section.title for section in CHANGELOG.sections if section.level == 2][1:]
    versions = [[int(number) for number in re.findall(r"\d+", title.split()[0])] for title in titles]

    assert versions == sorted(versions, reverse=True)
