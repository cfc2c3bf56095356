"""The live phonebook for MicroSIP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.phonebook import FRESH, LATELY, REFRESH, STALE, WHOLE_EVERY, Phonebook
from microsip_manager.server.phonebook_entries import seen_as
from microsip_manager.server.services import Services
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallNow, CallState, PhoneState
from microsip_manager.wire.phonebook import Seen
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of, caller_of

KEY = "Zk3v9QpX0sT7mLr2Wb8c"
PATH = f"/directory/{KEY}/directory.json"
HERE = "127.0.0.1"
MINUTE = float(LATELY * REFRESH)


@pytest.fixture
def phonebook(fleet: Fleet, clock: HandClock, bus: LocalBus) -> Phonebook:
    return Phonebook(fleet, clock, bus, KEY)


@pytest.fixture
def cast(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA", extension="485"), HERE)
    fleet.record(beat_of("OLGA", extension="486", dnd=True), HERE)
    fleet.record(beat_of("PAVEL", extension="487", running=False), HERE)
    fleet.record(beat_of("NOBODY", extension=""), HERE)


def asked(phonebook: Phonebook, sequence: int = 0) -> Any:
    return json.loads(phonebook.answer(sequence)[0])


def states(answer: Any) -> dict[str, tuple[str, str]]:
    return {each["number"]: (each["status"], each["info"]) for each in answer["presence"]}


@pytest.mark.usefixtures("cast")
def test_everybody_with_an_extension_is_in_it_with_a_sign(phonebook: Phonebook) -> None:
    assert asked(phonebook) == {
        "refresh": 10,
        "silent": 1,
        "presence": [
            {"number": "485", "status": "online", "info": ""},
            {"number": "486", "status": "busy", "info": "DND"},
            {"number": "487", "status": "offline", "info": ""},
        ],
        "items": [
            {"name": "NIKITA", "number": "485", "presence": 0},
            {"name": "OLGA", "number": "486", "presence": 0},
            {"name": "PAVEL", "number": "487", "presence": 0},
        ],
    }


def test_pcs_of_one_extension_are_one_contact_that_is_there_if_one_of_them_is(
    fleet: Fleet, phonebook: Phonebook
) -> None:
    fleet.record(beat_of("A", running=False), HERE)
    fleet.record(beat_of("B", dnd=True), HERE)
    fleet.record(beat_of("C"), HERE)

    answer = asked(phonebook)

    assert [item["name"] for item in answer["items"]] == ["A"]
    assert states(answer) == {"485": ("online", "")}


def test_a_simulated_phone_says_so_and_gives_way_to_a_real_one(fleet: Fleet, phonebook: Phonebook) -> None:
    fleet.record(Heartbeat("ALONE", "100", 0, simulated=True), HERE)
    fleet.record(Heartbeat("ACTOR", "485", 0, simulated=True), HERE)
    fleet.record(beat_of("NIKITA", dnd=True), HERE)

    answer = asked(phonebook)

    assert {item["name"] for item in answer["items"]} == {"NIKITA", "ALONE (simulated)"}
    assert states(answer)["485"] == ("busy", "DND")


@pytest.mark.usefixtures("cast")
def test_later_only_what_changed_is_told_for_a_minute(fleet: Fleet, phonebook: Phonebook, clock: HandClock) -> None:
    asked(phonebook)
    clock.forward(MINUTE)
    fleet.record(beat_of("NIKITA", extension="485", dnd=True), HERE)

    assert asked(phonebook, 7) == {
        "refresh": 10,
        "silent": 1,
        "presence": [{"number": "485", "status": "busy", "info": "DND"}],
    }
    clock.forward(MINUTE)
    assert asked(phonebook, 8)["presence"] == []


@pytest.mark.usefixtures("cast")
def test_a_new_colleague_is_told_to_all_at_once(fleet: Fleet, phonebook: Phonebook, clock: HandClock) -> None:
    asked(phonebook)
    clock.forward(MINUTE)
    assert "items" not in asked(phonebook, 7)
    fleet.record(beat_of("ROMAN", extension="488"), HERE)
    clock.forward(FRESH)

    assert [item["name"] for item in asked(phonebook, 7)["items"]] == ["NIKITA", "OLGA", "PAVEL", "ROMAN"]


@pytest.mark.usefixtures("cast")
def test_everything_is_told_again_from_time_to_time(phonebook: Phonebook, clock: HandClock) -> None:
    asked(phonebook)
    clock.forward(MINUTE)

    assert [n for n in range(2 * WHOLE_EVERY + 1) if "items" in asked(phonebook, n)] == [0, 30, 60]


@pytest.mark.usefixtures("cast")
def test_an_answer_is_made_once_a_second_at_most_and_only_when_something_happened(
    fleet: Fleet, phonebook: Phonebook, clock: HandClock
) -> None:
    before = phonebook.answer(0)
    fleet.record(beat_of("NIKITA", extension="485", dnd=True), HERE)

    assert phonebook.answer(0) == before
    clock.forward(FRESH)
    after = phonebook.answer(0)
    assert after != before
    clock.forward(FRESH)
    fleet.record(beat_of("NIKITA", extension="485", dnd=True), HERE)
    assert phonebook.answer(0)[0] is after[0]
    clock.forward(STALE)
    assert phonebook.answer(0) == after


def test_a_large_fleet_asks_less_often(fleet: Fleet, phonebook: Phonebook) -> None:
    for number in range(3000):
        fleet.record(beat_of(f"PC-{number}", extension=str(number)), HERE)

    assert asked(phonebook)["refresh"] == 30


@pytest.fixture
def phone(services: Services, phonebook: Phonebook) -> TestClient:
    """A MicroSIP on another PC, which calls the server by a name that the server does not know."""
    return caller_of(replace(services, phonebook=phonebook), "192.0.2.50", called="phones.example")


@pytest.mark.usefixtures("cast")
def test_the_key_opens_it_from_every_address_and_opens_nothing_else(phone: TestClient) -> None:
    answer = phone.get(f"{PATH}?sequence=0")

    assert (answer.status_code, len(answer.json()["items"])) == (200, 3)
    for path in ("/api/clients", "/directory/wrong/directory.json", f"{PATH}/", f"/directory/{KEY}", f"/x{PATH}"):
        assert (phone.get(path).status_code, phone.get(path).json()["code"]) == (403, "protected-mode")
    assert phone.post(PATH).status_code == 403


@pytest.mark.parametrize("key", ["wrong", KEY.lower(), KEY + "0", KEY[:-1], "Ключ", "%00"])
def test_a_wrong_key_opens_nothing_on_this_machine_either(services: Services, phonebook: Phonebook, key: str) -> None:
    answer = caller_of(replace(services, phonebook=phonebook), HERE).get(f"/directory/{key}/directory.json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", [PATH, "/directory//directory.json"])
def test_without_a_key_there_is_no_phonebook(services: Services, path: str) -> None:
    assert caller_of(services, HERE).get(path).status_code == 404


def test_a_web_page_of_another_site_cannot_read_it_even_with_the_key(phone: TestClient) -> None:
    assert phone.get(PATH, headers={"origin": "http://evil.example"}).json()["code"] == "foreign-origin"


@pytest.mark.usefixtures("cast")
def test_what_has_not_changed_is_not_sent_again_to_who_names_its_tag(phone: TestClient) -> None:
    first = phone.get(PATH)

    assert phone.get(PATH, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert phone.get(PATH, headers={"if-none-match": '"another"'}).content == first.content


@pytest.mark.parametrize(
    ("status", "phone", "seen"),
    [
        (PhoneStatus.ONLINE, PhoneState(call=CallNow(CallState.RINGING)), Seen.RING),
        (PhoneStatus.ONLINE, PhoneState(call=CallNow(CallState.IN_CALL)), Seen.PHONE),
        (PhoneStatus.DND, PhoneState(call=CallNow(CallState.IN_CALL)), Seen.PHONE),
        (PhoneStatus.ONLINE, PhoneState(away=True), Seen.AWAY),
        (PhoneStatus.DND, PhoneState(away=True), Seen.BUSY),
        (PhoneStatus.ONLINE, PhoneState(), Seen.ONLINE),
    ],
)
def test_a_call_shows_before_everything_else(fleet: Fleet, status: PhoneStatus, phone: PhoneState, seen: Seen) -> None:
    fleet.record(structs.replace(beat_of("NIKITA", dnd=status is PhoneStatus.DND), phone=phone), HERE)

    assert seen_as(fleet.client("NIKITA")) is seen
