"""What is told of a phone beside its status."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.heartbeat import HEARTBEAT_LIMIT, Heartbeat, decode_heartbeat
from microsip_manager.wire.phone_state import (
    DETAIL_LIMIT,
    NO_CALL,
    NUMBER_LIMIT,
    SETTING_LIMIT,
    TEXT_LIMIT,
    VERSION_LIMIT,
    CallNow,
    CallState,
    Direction,
    PhoneState,
    Registration,
    ShownPhone,
    masked,
    shown,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TALKING = PhoneState(
    registration=Registration.REGISTERED,
    call=CallNow(CallState.IN_CALL, NOON, Direction.INCOMING, "+74950000045"),
    away=True,
    microsip_version="3.22.3",
)


def test_what_is_not_known_takes_no_room_in_a_heartbeat() -> None:
    beat = Heartbeat("NIKITA", "485", 0, phone=PhoneState(registration=Registration.REGISTERED))

    assert encode(beat) == (b'{"hostname":"NIKITA","extension":"485","status":0,"phone":{"registration":"registered"}}')


def test_it_arrives_as_it_was_sent() -> None:
    beat = Heartbeat("NIKITA", "485", 0, phone=TALKING)

    assert decode_heartbeat(encode(beat)) == beat


def test_a_viewer_sees_every_field_and_the_last_digits_of_the_number() -> None:
    seen = json.loads(encode(shown(TALKING)))

    assert seen["call"] == {
        "state": "in_call",
        "since": "2026-03-02T12:00:00Z",
        "direction": "incoming",
        "number": "…45",
    }
    assert set(seen) == set(ShownPhone.__struct_fields__)
    assert Decoder(ShownPhone)(encode(shown(TALKING))) == shown(TALKING)


def test_what_is_shown_of_an_idle_phone_is_the_phone() -> None:
    assert shown(PhoneState(call=NO_CALL)).call is NO_CALL


@pytest.mark.parametrize(
    ("number", "seen"),
    [("+7 (495) 000-00-45", "…45"), ("485", "…85"), ("45", "…"), ("7", "…"), ("olga", "…"), ("a1b2c3", "…23")],
)
def test_a_masked_number_is_too_short_to_call(number: str, seen: str) -> None:
    assert masked(number) == seen


@pytest.mark.parametrize(
    "phone",
    [
        {"registration": "perhaps"},
        {"call": {"state": "shouting"}},
        {"call": {"number": "1\u202e2"}},
        {"call": {"number": "Ольга"}},
        {"call": {"number": "1" * (NUMBER_LIMIT + 1)}},
        {"call": {"since": "2026-03-02T12:00:00"}},
        {"call": {"since": "0001-01-01T00:00:00Z"}},
        {"registration_text": "\x1b[2J"},
        {"detail": "a\nb"},
        {"deny_incoming": "a\x00"},
        {"microsip_version": "3\u200b"},
        {"copies": 0},
        {"answers_after": -1},
        {"forwards_after": 1e9},
        "busy",
    ],
)
def test_what_an_agent_never_sends_is_refused_by_the_name_of_the_field(phone: object) -> None:
    with pytest.raises(BadMessage, match=r"at `\$\.phone"):
        decode_heartbeat(json.dumps({"hostname": "NIKITA", "extension": "485", "status": 0, "phone": phone}).encode())


def test_the_longest_legal_heartbeat_with_a_phone_fits_the_limit() -> None:
    phone = {
        "registration": "wrong_password",
        "registration_text": "Ы" * TEXT_LIMIT,
        "call": {
            "state": "in_call",
            "since": "2026-03-02T12:00:00.123456+03:00",
            "direction": "incoming",
            "number": "9" * NUMBER_LIMIT,
        },
        "away": True,
        "auto_answer": True,
        "answers_after": 3600,
        "forwarding": True,
        "forwards_after": 3600,
        "deny_incoming": "x" * SETTING_LIMIT,
        "call_waiting": False,
        "rings_silently": True,
        "microsip_version": "9" * VERSION_LIMIT,
        "copies": 99,
        "detail": "Ы" * DETAIL_LIMIT,
    }
    beat = {
        "hostname": "Ы" * 255,
        "extension": "\U00010330" * 64,
        "status": 0,
        "agent_version": "\U00010330" * 32,
        "port": 65535,
        "simulated": False,
        "running": False,
        "phone": phone,
    }
    body = json.dumps(beat).encode()

    assert set(phone) == set(PhoneState.__struct_fields__)
    assert len(body) <= HEARTBEAT_LIMIT
    assert decode_heartbeat(body).phone is not None
