"""The pure decisions about one client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from microsip_manager.server import presence
from microsip_manager.wire.clients import AgentStatus
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import (
    NO_CALL,
    CallNow,
    CallState,
    Direction,
    PhoneState,
    Registration,
    shown,
)
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


TALKING = PhoneState(
    registration=Registration.REGISTERED,
    call=CallNow(CallState.IN_CALL, NOON, Direction.OUTGOING, "84950000045"),
    call_waiting=False,
)
CLOSED = "MicroSIP is closed on this PC."
UNHEARD = "Nothing is heard of this PC: it is off, asleep or cut off from the network."


def told(phone: PhoneState | None, *, dnd: bool = False) -> Heartbeat:
    return msgspec.structs.replace(beat_of("NIKITA", dnd=dnd), phone=phone)


def test_a_phone_is_shown_with_its_number_masked_and_why_it_does_not_ring() -> None:
    client, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)

    assert client.phone == shown(TALKING)
    assert client.phone.call.number == "…45"
    assert client.no_ring_reason == "There is a call already, and MicroSIP is set to take no second one."


def test_an_unchanged_phone_is_not_made_anew() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)

    after, _ = presence.heard(before, told(TALKING), "192.0.2.17", LATER, TALKING)

    assert after.phone is before.phone
    assert not presence.is_news(before, after)


def test_a_changed_phone_is_told_and_not_written() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)

    after, flip = presence.heard(before, told(PhoneState(call=NO_CALL)), "192.0.2.17", LATER, TALKING)

    assert (flip, after.no_ring_reason) == (None, "")
    assert presence.is_news(before, after)
    assert not presence.worth_writing(before, after)


def test_an_agent_that_was_exchanged_for_an_old_one_tells_of_no_phone_any_more() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)

    after, _ = presence.heard(before, told(None), "192.0.2.17", LATER, TALKING)

    assert (after.phone, after.no_ring_reason) == (None, "")


def test_dnd_is_the_reason_from_the_command_on() -> None:
    before, _ = presence.heard(None, told(PhoneState()), "192.0.2.17", NOON)

    after, _ = presence.dnd_read(before, running=True, dnd=True, now=LATER)

    assert after.no_ring_reason == "Do Not Disturb is on."


def test_offline_has_no_phone_and_says_whether_it_was_closed_or_fell_silent() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)

    closed, _ = presence.heard(before, beat_of("NIKITA", running=False), "192.0.2.17", LATER, TALKING)
    found_closed, _ = presence.dnd_read(before, running=False, dnd=False, now=LATER)
    silent, _ = presence.fell_silent(before, LATER)

    assert [(client.phone, client.no_ring_reason) for client in (closed, found_closed, silent)] == [
        (None, CLOSED), (None, CLOSED), (None, UNHEARD),
    ]  # fmt: skip


def test_whoever_was_silent_and_says_that_it_is_closed_is_closed() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)
    silent, _ = presence.fell_silent(before, LATER)

    heard, _ = presence.heard(silent, beat_of("NIKITA", running=False), "192.0.2.17", LATER, TALKING)
    answered, _ = presence.answered(silent, AgentStatus("NIKITA", "", PhoneStatus.OFFLINE, False, None, ""), LATER)

    assert heard.no_ring_reason == answered.no_ring_reason == CLOSED
    assert presence.is_news(silent, heard)


def test_a_phone_is_seen_again_when_its_client_is_back() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)
    silent, _ = presence.fell_silent(before, LATER)
    by_command, _ = presence.dnd_read(silent, running=True, dnd=False, now=LATER)

    back, _ = presence.heard(by_command, told(TALKING), "192.0.2.17", LATER, TALKING)

    assert by_command.phone is None
    assert back.phone == shown(TALKING)


def test_a_live_answer_brings_the_phone_of_this_moment() -> None:
    before, _ = presence.heard(None, told(TALKING), "192.0.2.17", NOON)
    idle = AgentStatus("NIKITA", "485", PhoneStatus.ONLINE, True, False, "0.1.0", phone=PhoneState(call=NO_CALL))
    old = AgentStatus("NIKITA", "485", PhoneStatus.ONLINE, True, False, "0.1.0")

    assert presence.answered(before, idle, LATER)[0].phone == shown(PhoneState(call=NO_CALL))
    assert presence.answered(before, old, LATER)[0].phone == shown(TALKING)


def test_after_a_restart_the_reason_is_what_the_status_alone_tells() -> None:
    before, _ = presence.heard(None, told(TALKING, dnd=True), "192.0.2.17", NOON)
    stored = msgspec.structs.replace(before, phone=None, no_ring_reason="")

    assert presence.restored(stored).no_ring_reason == "Do Not Disturb is on."
