"""The pure decisions about one client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from microsip_manager.server import presence
from microsip_manager.wire.clients import AgentStatus
from microsip_manager.wire.phone import PhoneStatus
from tests.server.conftest import beat_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=7)


def test_the_first_heartbeat_is_a_flip_from_nothing() -> None:
    _, flip = presence.heard(None, beat_of("OLGA", dnd=True), "192.0.2.18", NOON)

    assert flip == presence.Flip("OLGA", None, PhoneStatus.DND, NOON)


def test_the_same_status_again_is_no_flip_and_keeps_its_beginning() -> None:
    before, _ = presence.heard(None, beat_of("NIKITA"), "192.0.2.17", NOON)

    after, flip = presence.heard(before, beat_of("NIKITA"), "192.0.2.17", LATER)

    assert flip is None
    assert (after.status_since, after.last_seen) == (NOON, LATER)
    assert not presence.worth_writing(before, after)


def test_the_last_notice_is_offline_at_once() -> None:
    before, _ = presence.heard(None, beat_of("OLGA", dnd=True), "192.0.2.18", NOON)

    after, flip = presence.heard(before, beat_of("OLGA", dnd=True, running=False), "192.0.2.18", LATER)

    assert flip == presence.Flip("OLGA", PhoneStatus.DND, PhoneStatus.OFFLINE, LATER)
    assert (after.status, after.status_since) == (PhoneStatus.OFFLINE, LATER)


def test_another_extension_or_address_is_worth_writing() -> None:
    before, _ = presence.heard(None, beat_of("NIKITA"), "192.0.2.17", NOON)

    moved, _ = presence.heard(before, beat_of("NIKITA"), "192.0.2.99", LATER)
    renumbered, _ = presence.heard(before, beat_of("NIKITA", extension="486"), "192.0.2.17", LATER)

    assert presence.worth_writing(before, moved)
    assert presence.worth_writing(before, renumbered)


def test_an_agents_answer_without_extension_keeps_the_one_known() -> None:
    before, _ = presence.heard(None, beat_of("NIKITA"), "192.0.2.17", NOON)
    answer = AgentStatus("NIKITA", "", PhoneStatus.OFFLINE, False, None, "0.1.0")

    after, flip = presence.answered(before, answer, LATER)

    assert after.extension == "485"
    assert flip == presence.Flip("NIKITA", PhoneStatus.ONLINE, PhoneStatus.OFFLINE, LATER)
