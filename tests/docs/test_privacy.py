"""docs/PRIVACY.md tells of every place where something about people is kept."""

from __future__ import annotations

from microsip_manager.server.privacy.places import STAYS
from microsip_manager.server.tables import metadata
from microsip_manager.settings import DECLARED
from microsip_manager.wire.identity import FOR_PROGRAMS, Role
from tests.docs.markdown import Page

PRIVACY = Page("docs/PRIVACY.md")


def test_it_has_every_table_and_no_other() -> None:
    named = [row[0] for row in PRIVACY.section("In the database of the server").rows]

    assert sorted(named) == sorted(metadata.tables)


def test_it_says_of_each_table_what_how_long_and_for_whom() -> None:
    for row in PRIVACY.section("In the database of the server").rows:
        assert [cell for cell in row if not cell] == [], row


def test_the_settings_it_names_are_there() -> None:
    named = {code for code in PRIVACY.codes if code.isupper()}

    assert {"CALLS_KEEP_DAYS", "AUDIT_KEEP_DAYS"} <= named
    assert named <= {setting.name for setting in DECLARED}


def test_it_says_who_sees_numbers() -> None:
    people = {role.value for role in Role} - {role.value for role in FOR_PROGRAMS}

    assert people <= {row[0] for row in PRIVACY.section("Who sees phone numbers").rows}


def test_it_says_what_an_erasure_leaves() -> None:
    assert [row[0] for row in PRIVACY.section("To erase it").rows] == list(STAYS)


def test_both_readmes_lead_here() -> None:
    for name in ("README.md", "README.ru.md"):
        assert PRIVACY.name in Page(name).links
