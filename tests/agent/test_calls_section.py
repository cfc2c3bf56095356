"""MicroSIP's list of calls, entry by entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.agent.calls_section import LONGEST_CALL, CallEntry, Phone, calls_of, read_entries, read_entry
from microsip_manager.wire.calls import Call, CallDirection, call_id, decode_call
from microsip_manager.wire.codec import encode

BEGAN = 1772438472  # 2026-03-02 08:01:12 UTC


def phone(
    *, running: bool = True, notes_every_end: bool = True, dnd_notes: tuple[str, ...] = ("Do Not Disturb",)
) -> Phone:
    return Phone("NIKITA", "485", "c:\\phone\\microsip.ini", running, notes_every_end, dnd_notes)


def one(value: str, whose: Phone | None = None, *, now: float = BEGAN + 5) -> Call:
    entry = read_entry(17, value)
    assert entry is not None
    [call] = calls_of([entry], whose or phone(), now)
    return call


def test_an_entry_is_a_call() -> None:
    assert one(f"486;Olga;0;{BEGAN};154;Call Ended") == Call(
        id=call_id("NIKITA", 17, BEGAN, "c:\\phone\\microsip.ini"),
        hostname="NIKITA",
        extension="485",
        key=17,
        number="486",
        name="Olga",
        direction=CallDirection.OUTGOING,
        started_at=datetime(2026, 3, 2, 8, 1, 12, tzinfo=UTC),
        duration=154,
        info="Call Ended",
        ended=True,
    )


@pytest.mark.parametrize(
    ("who", "number", "name"),
    [
        ("486;Olga", "486", "Olga"),
        ("486;", "486", ""),
        ("486", "486", ""),
        ("486;Olga; Ltd; Moscow", "486", "Olga; Ltd; Moscow"),
        ("486@pbx.example;transport=tcp;Olga", "486@pbx.example;transport=tcp", "Olga"),
        ("486@pbx.example;transport=tcp;lr;Olga; Ltd", "486@pbx.example;transport=tcp;lr", "Olga; Ltd"),
        ("486@pbx.example;transport=tcp", "486@pbx.example", "transport=tcp"),
        ("486;a=b", "486", "a=b"),
        ("486;x;1;1700000000;500;Call Ended", "486", "x;1;1700000000;500;Call Ended"),
        ("486;Ol\x1b[31mga\u202e", "486", "Ol\ufffd[31mga\ufffd"),
        ("4" * 300 + ";n", "4" * 255, "n"),
    ],
)
def test_number_and_name_are_found_although_nothing_is_escaped(who: str, number: str, name: str) -> None:
    call = one(f"{who};1;{BEGAN};61;Call Ended")

    assert (call.number, call.name, call.duration, call.info) == (number, name, 61, "Call Ended")


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "",
        "486;Olga;0;12345678;1;x",
        f"486;Olga;10;{BEGAN};1;x",
        f"486;Olga;0;{BEGAN};1",
        ";;;;;",
        f"0;{BEGAN};1;",
    ],
)
def test_what_is_no_entry_is_left_out(value: str) -> None:
    assert read_entry(0, value) is None


def test_the_list_is_in_the_order_of_time_whatever_the_keys() -> None:
    section = {
        "999": f"1;;0;{BEGAN};1;x",
        "0": f"2;;0;{BEGAN + 9};1;x",
        "1": "null",
        "two": f"3;;0;{BEGAN};1;x",
        "1200": f"4;;0;{BEGAN - 9};1;x",
    }

    assert [entry.key for entry in read_entries(section)] == [1200, 999, 0]


@pytest.mark.parametrize(
    ("entry", "direction"),
    [
        ("0;{};0;Busy Here", CallDirection.OUTGOING),
        ("1;{};61;Call Ended", CallDirection.INCOMING),
        ("2;{};0;Missed Call", CallDirection.MISSED),
        ("3;{};0;Answered Elsewhere", CallDirection.ANSWERED_ELSEWHERE),
        ("7;{};0;Call Ended", CallDirection.OUTGOING),
        ("2;{};0;Do Not Disturb", CallDirection.REJECTED_BY_DND),
        ("2;{};0;Не беспокоить", CallDirection.MISSED),
        ("1;{};0;Do Not Disturb", CallDirection.INCOMING),
        ("2;{};3;Do Not Disturb", CallDirection.MISSED),
    ],
)
def test_the_type_and_the_note_make_the_direction(entry: str, direction: CallDirection) -> None:
    call = one("486;;" + entry.format(BEGAN))

    assert (call.direction, call.ended) == (direction, True)


def test_a_rejection_by_dnd_is_known_in_the_language_of_this_microsip() -> None:
    call = one(f"486;;2;{BEGAN};0;Niet storen", phone(dnd_notes=("Do Not Disturb", "Niet storen")))

    assert call.direction is CallDirection.REJECTED_BY_DND


def test_a_call_without_a_note_lives_until_it_has_one_or_cannot_live_any_more() -> None:
    ringing = f"486;Olga;1;{BEGAN};0;"

    assert not one(ringing).ended
    assert one(ringing, phone(running=False)).ended
    assert one(ringing, now=BEGAN + LONGEST_CALL + 1).ended
    assert one(f"486;Olga;1;{BEGAN};1;").ended


def test_a_call_of_an_old_microsip_that_rings_is_incoming_until_it_is_missed() -> None:
    old = phone(notes_every_end=False)
    ringing, newer = read_entry(1, f"486;;2;{BEGAN};0;"), read_entry(2, f"487;;2;{BEGAN + 60};0;")
    assert ringing is not None
    assert newer is not None

    assert [(call.direction, call.ended) for call in calls_of([ringing], old, BEGAN + 5)] == [
        (CallDirection.INCOMING, False)
    ]
    assert [(call.direction, call.ended) for call in calls_of([ringing, newer], old, BEGAN + 65)] == [
        (CallDirection.MISSED, True),
        (CallDirection.INCOMING, False),
    ]


def test_two_calls_at_once_both_live_where_every_end_is_noted() -> None:
    entries = [CallEntry(1, "486", "", 0, BEGAN, 0, ""), CallEntry(2, "487", "", 1, BEGAN + 60, 0, "")]

    assert [call.ended for call in calls_of(entries, phone(), BEGAN + 65)] == [False, False]


def test_two_microsips_that_use_one_key_in_one_second_have_two_calls() -> None:
    assert call_id("NIKITA", 1, BEGAN, r"c:\a.ini") != call_id("NIKITA", 1, BEGAN, r"c:\b.ini")
    assert call_id("NIKITA", 1, BEGAN) == call_id("nikita", 1, BEGAN)


@given(st.text(), st.integers(0, 9), st.integers(100_000_000, 99_999_999_999), st.integers(0, 9_999_999_999), st.text())
def test_whatever_the_network_puts_into_an_entry_the_server_can_read_the_call(
    who: str, kind: int, time: int, duration: int, info: str
) -> None:
    call = one(f"{who};{kind};{time};{duration};{info}", now=time)

    assert decode_call(encode(call)) == call
