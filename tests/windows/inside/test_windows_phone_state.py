"""What the agent reads of the phone from the windows of a real Win32 program that behaves as MicroSIP does."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from microsip_manager.agent.windows.softphone import WindowsSoftphone
from microsip_manager.clock import SystemClock
from microsip_manager.wire.phone_state import (
    NO_CALL,
    CallState,
    Direction,
    PhoneState,
    Registration,
)
from tests.windows.inside.conftest import StartStandIn
from tests.windows.inside.phones import INI
from tests.windows.inside.refusing_sender import send_or_refuse
from tests.windows.inside.test_standin_calls import ring
from tests.windows.inside.test_standin_is_faithful import status_text, wait_until
from tests.windows.standin.handle import StandIn

LANGPACK = """Language Pack
RTL: 0

[Online]
В сети
[Away]
Отошёл
[Do Not Disturb]
Не беспокоить
[Call Forwarding]
Переадресация
[Connecting]
Подключение
[Incorrect Password]
Неверный пароль
[Connection Failed]
Ошибка подключения
[Offline]
Не в сети
[Idle]
Ожидание
[Auto Answer]
Автоответ
[Calling]
Вызов
[Connected]
Соединено
[Incoming Call]
Входящий вызов
"""
FORWARDS = INI.replace("DND=0", "DND=0\nforwarding=button\nforwardingNumber=500")


@pytest.fixture
def softphone() -> WindowsSoftphone:
    return WindowsSoftphone(SystemClock(), send=send_or_refuse)


def phone(softphone: WindowsSoftphone) -> PhoneState:
    state = softphone.look().phone
    assert state is not None
    return state


@pytest.mark.parametrize("version", ["3.20.5", "3.21.6", "3.22.3"])
def test_a_quiet_one_is_registered_and_idle(
    start_standin: StartStandIn, softphone: WindowsSoftphone, version: str
) -> None:
    start_standin(version=version, ini=INI)

    assert phone(softphone) == PhoneState(registration=Registration.REGISTERED, call=NO_CALL, microsip_version=version)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_each_registration_is_read_in_the_language_of_the_user(
    start_standin: StartStandIn, softphone: WindowsSoftphone, tmp_path: Path, language: str
) -> None:
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "langpack_russian.txt").write_text(LANGPACK, encoding="utf-8")
    standin = start_standin(folder=folder, ini=INI, env={"STANDIN_LANGUAGE": language})
    found = {}
    for name in (
        "online", "away", "call_forwarding", "connecting", "incorrect_password", "connection_failed", "idle",
        "offline", "local", "other Request Timeout", "other Account blocked",
    ):  # fmt: skip
        standin.registration(name)
        found[name] = phone(softphone).registration.value

    assert found == {
        "online": "registered",
        "away": "registered",
        "call_forwarding": "registered",
        "connecting": "connecting",
        "incorrect_password": "wrong_password",
        "connection_failed": "failed",
        "idle": "none",
        "offline": "none",
        "local": "none",
        "other Request Timeout": "failed",
        "other Account blocked": "unknown",
    }
    assert phone(softphone).registration_text == "Account blocked"


def test_dnd_is_registered_and_away_is_told(start_standin: StartStandIn, softphone: WindowsSoftphone) -> None:
    standin = start_standin(ini=INI)
    standin.registration("away")
    away = phone(softphone).away

    softphone.set_dnd(True)

    assert (away, phone(softphone).registration) == (True, Registration.REGISTERED)


def test_a_language_without_its_file_is_unknown_and_shown_as_it_is(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    start_standin(ini=INI, env={"STANDIN_LANGUAGE": "ru"})

    state = phone(softphone)

    assert (state.registration, state.registration_text, state.call) == (Registration.UNKNOWN, "В сети", NO_CALL)


@pytest.mark.parametrize("tab", [0, 1])
def test_a_call_comes_in_is_answered_and_ends(
    start_standin: StartStandIn, softphone: WindowsSoftphone, tab: int
) -> None:
    standin = start_standin(ini=INI, env={"STANDIN_HIDDEN": "1"})
    standin.tab(tab)
    phone(softphone)
    ring(standin, "486", "Olga")
    ringing = phone(softphone)
    standin.answer()
    talking = phone(softphone)
    wait_until(lambda: status_text(standin) == "Connected 0:02")
    later = phone(softphone)
    standin.remote_hangup()

    assert [one.call.state for one in (ringing, talking)] == [CallState.RINGING, CallState.IN_CALL]
    assert {(one.call.direction, one.call.number) for one in (ringing, talking)} == {(Direction.INCOMING, "486")}
    assert talking.registration is Registration.REGISTERED
    assert later == talking
    assert phone(softphone).call == NO_CALL


def test_who_is_dialled_is_told_until_the_call_ends(start_standin: StartStandIn, softphone: WindowsSoftphone) -> None:
    standin = start_standin(ini=INI)
    phone(softphone)
    standin.dial("101")
    dialled = phone(softphone)
    standin.remote_answers()

    assert (dialled.call.state, dialled.call.direction, dialled.call.number) == (
        CallState.IN_CALL, Direction.OUTGOING, "101",
    )  # fmt: skip
    assert phone(softphone) == dialled


def test_a_call_that_was_there_first_began_when_its_clock_says(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    start_standin(ini=INI).call("Connected 1:00:00")

    since = phone(softphone).call.since

    assert since is not None
    assert abs(SystemClock().now() - since - timedelta(hours=1)) < timedelta(seconds=10)


def test_auto_answer_and_forwarding_are_the_buttons(start_standin: StartStandIn, softphone: WindowsSoftphone) -> None:
    standin = start_standin(ini=FORWARDS)
    before = phone(softphone)
    standin.press("aa")
    standin.press("fwd")
    pressed = phone(softphone)
    standin.press("aa")
    standin.press("fwd")
    after = phone(softphone)

    assert [(one.auto_answer, one.forwarding) for one in (before, pressed, after)] == [
        (False, False), (True, True), (False, False),
    ]  # fmt: skip
    assert (pressed.answers_after, pressed.forwards_after) == (0, 0)


def test_what_rejects_calls_without_a_dnd_button_is_told(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    start_standin(ini=INI.replace("denyIncoming=button", "denyIncoming=all\ncallWaiting=0\nvolumeRing=0"))

    state = phone(softphone)

    assert (state.deny_incoming, state.call_waiting, state.rings_silently) == ("all", False, True)
    assert state.registration is Registration.REGISTERED


def test_version_3_14_shows_no_registration(start_standin: StartStandIn, softphone: WindowsSoftphone) -> None:
    start_standin(version="3.14", ini=INI)

    state = phone(softphone)

    assert (state.registration, state.registration_text, state.microsip_version) == (Registration.UNKNOWN, "", "3.14.0")


# --- when MicroSIP does not answer


def test_a_hung_one_keeps_what_was_known_and_costs_less_than_two_seconds(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    standin = start_standin(ini=INI)
    standin.registration("away")
    before = phone(softphone)
    standin.hang(60)
    began = time.monotonic()

    hung = phone(softphone)

    assert time.monotonic() - began < 2
    assert hung == before


def test_of_a_hung_one_that_was_never_read_a_call_can_be_seen_all_the_same(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    standin = start_standin(ini=INI)
    ring(standin, "486")
    standin.hang(60)

    state = phone(softphone)

    assert (state.registration, state.call.state, state.call.number) == (Registration.UNKNOWN, CallState.RINGING, "")


def test_of_one_that_runs_elevated_a_call_is_seen_and_no_text_simulated(
    start_standin: StartStandIn, softphone: WindowsSoftphone
) -> None:
    standin = start_standin(ini=INI)
    standin.call("Connected 0:09")
    standin.refuse()

    state = phone(softphone)

    assert (state.registration, state.call.state) == (Registration.UNKNOWN, CallState.IN_CALL)
    assert state.microsip_version == "3.22.3"


def test_a_closed_one_has_no_phone(standin: StandIn, softphone: WindowsSoftphone) -> None:
    phone(softphone)
    standin.close()

    assert softphone.look().phone is None


def test_two_of_them_are_counted_and_their_difference_is_told(
    start_standin: StartStandIn, softphone: WindowsSoftphone, tmp_path: Path
) -> None:
    start_standin(folder=tmp_path / "a", ini=INI)
    second = start_standin(folder=tmp_path / "b", ini=INI.replace("485", "486"))
    second.registration("incorrect_password")
    ring(second, "487")

    state = phone(softphone)

    assert (state.copies, state.registration, state.call.state) == (2, Registration.REGISTERED, CallState.RINGING)
    assert state.detail.endswith(" 2: unknown, ringing")
