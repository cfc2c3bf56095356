"""The calls of a simulated MicroSIP stand in a real ini, as a real one writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from microsip_manager.agent.microsip_ini import IniView, read_ini
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_calls import PLACES, SimulatedCalls
from tests.fakes.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def phone(tmp_path: Path, clock: HandClock) -> SimulatedPhone:
    calls = SimulatedCalls(tmp_path / "phone" / "sim.ini", "485", now=lambda: clock.now().timestamp())
    return SimulatedPhone("485", calls=calls, wait=lambda _: None)


def view(phone: SimulatedPhone) -> IniView:
    [files] = phone.files()
    return read_ini(files.ini.read_bytes(), "cp1251")


def entries(phone: SimulatedPhone) -> list[tuple[int, str, int, int, str]]:
    return [(call.key, call.number, call.type, call.duration, call.info) for call in view(phone).calls]


def test_it_begins_with_the_account_and_no_calls(phone: SimulatedPhone) -> None:
    assert view(phone) == IniView("485", notes_every_end=True)


def test_a_call_stands_there_when_it_begins_and_is_completed_at_its_end(
    phone: SimulatedPhone, clock: HandClock
) -> None:
    phone.dial("486", "Olga; Ltd")
    assert entries(phone) == [(0, "486", 0, 0, "")]

    clock.forward(5)
    phone.answer()
    clock.forward(61)
    phone.hang_up()

    assert entries(phone) == [(0, "486", 0, 61, "Call Ended")]
    assert view(phone).calls[0].name == "Olga; Ltd"


def test_an_incoming_call_that_nobody_answers_was_missed(phone: SimulatedPhone) -> None:
    assert phone.ring("486")
    assert entries(phone) == [(0, "486", 1, 0, "")]

    phone.hang_up()
    phone.hang_up()

    assert entries(phone) == [(0, "486", 2, 0, "Missed Call")]


def test_dnd_rejects_a_call_which_leaves_an_entry(phone: SimulatedPhone) -> None:
    phone.set_dnd(True)

    assert not phone.ring("486")
    assert entries(phone) == [(0, "486", 2, 0, "Do Not Disturb")]


def test_one_call_at_a_time_and_none_while_it_is_closed(phone: SimulatedPhone) -> None:
    phone.dial("486")
    phone.dial("487")
    phone.ring("488")
    phone.close()
    assert not phone.ring("489")
    phone.dial("490")
    phone.open()

    assert entries(phone) == [(0, "486", 0, 0, "Canceled")]


def test_a_closed_one_and_one_without_calls_have_no_files(phone: SimulatedPhone) -> None:
    phone.close()

    assert phone.files() == []
    assert SimulatedPhone().files() == []


def test_after_the_last_place_it_begins_with_the_first_again(phone: SimulatedPhone) -> None:
    phone.dial("486")
    phone.hang_up()
    [files] = phone.files()
    text = files.ini.read_bytes().decode("utf-16")
    files.ini.write_bytes(text.replace("callsLastKey=0", f"callsLastKey={PLACES - 2}").encode("utf-16"))

    for number in ("487", "488", "489"):
        phone.dial(number)
        phone.hang_up()

    assert {key: number for key, number, *_ in entries(phone)} == {PLACES - 1: "487", 0: "488", 1: "489"}


def test_a_call_added_by_hand_stays(phone: SimulatedPhone) -> None:
    [files] = phone.files()
    text = files.ini.read_bytes().decode("utf-16") + "7=112;;0;1772438472;9;Call Ended\r\n"
    files.ini.write_bytes(text.encode("utf-16"))

    phone.dial("486")

    assert {number for _, number, *_ in entries(phone)} == {"112", "486"}


def test_the_samples_show_what_calls_there_are(tmp_path: Path) -> None:
    calls = SimulatedCalls(tmp_path / "sim.ini", "100")
    assert calls.is_new
    calls.add_samples()

    assert [entry.type for entry in view(SimulatedPhone(calls=calls)).calls] == [0, 1, 2, 2]
    assert not SimulatedCalls(tmp_path / "sim.ini", "100").is_new
