"""The stand-in makes, takes and ends calls as MicroSIP does, runs its event commands, and notes calls in its ini."""

from __future__ import annotations

import configparser
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pywintypes
import win32con
import win32gui

from tests.windows.inside.conftest import StartStandIn
from tests.windows.inside.phones import INI
from tests.windows.inside.test_standin_is_faithful import (
    AT_ONCE,
    SenderTimedOut,
    check_mark,
    click_dnd,
    edit_settings,
    item,
    send,
    send_copydata,
    settings_in,
    status_text,
    text_of,
    wait_until,
)
from tests.windows.standin.handle import StandIn

ANSWER, DECLINE, CALLER_NAME, CALLER, END, HOLD = 1000, 1032, 1026, 1025, 1055, 1057
EVENTS = (
    "cmdIncomingCall", "cmdCallRing", "cmdCallAnswer", "cmdCallStart", "cmdOutgoingCall", "cmdCallBusy", "cmdCallEnd",
)  # fmt: skip

StartCalling = Callable[..., StandIn]


@pytest.fixture
def phone(start_standin: StartStandIn) -> StandIn:
    """A registered MicroSIP 3.22.3 with an account."""
    return start_standin(ini=INI)


def entries(standin: StandIn) -> dict[str, str]:
    """[Calls], without the moment of each call."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(Path(standin.state().ini).read_bytes().decode("utf-16"))
    section = dict(parser["Calls"]) if "Calls" in parser else {}
    return {key: _without_moment(value) for key, value in section.items()}


def _without_moment(value: str) -> str:
    fields = value.split(";")
    return ";".join([*fields[:-3], *fields[-2:]]) if len(fields) > 3 else value


def boxes(standin: StandIn) -> list[int]:
    """The incoming call boxes: popups that main owns, with a button to answer."""
    main, found = standin.state().main, []

    def look(window: int, _: object) -> bool:
        with suppress(pywintypes.error):  # a box may close while the list of windows is gone through
            if win32gui.GetWindow(window, win32con.GW_OWNER) == main and item(window, ANSWER) and item(window, DECLINE):
                found.append(window)
        return True

    win32gui.EnumWindows(look, None)
    return found


def ring(standin: StandIn, number: str = "486", name: str = "") -> int:
    """Somebody calls; the box."""
    before = set(boxes(standin))
    standin.ring(number, name)
    wait_until(lambda: len(boxes(standin)) > len(before))
    wait_until(lambda: f"{number} in ringing" in standin.state().calls)
    return next(box for box in boxes(standin) if box not in before)


def shows_end(standin: StandIn) -> bool:
    button = item(standin.state().page, END)
    return bool(win32gui.GetWindowLong(button, win32con.GWL_STYLE) & win32con.WS_VISIBLE)


# --- 10: commands for calls -----------------------------------------------------------------------


def test_a_dialled_call_is_connected_held_and_hung_up(phone: StandIn) -> None:
    main = phone.state().main
    send_copydata(main, "101")
    assert (status_text(phone), phone.state().calls, shows_end(phone)) == ("Calling 101 ...", "101 out calling", True)

    phone.remote_answers()
    assert status_text(phone).startswith("Connected 0:0")
    send_copydata(main, "msip:hold")
    assert status_text(phone).startswith("Hold 0:0")
    assert send(item(phone.state().page, HOLD), win32con.BM_GETCHECK) == 1
    send_copydata(main, "msip:hold")
    assert phone.state().calls == "101 out talking"

    send_copydata(main, "/hangupall")
    assert (status_text(phone), phone.state().calls, shows_end(phone)) == ("Online", "", False)


def test_answering_by_a_command_hangs_up_the_others_in_single_mode(phone: StandIn) -> None:
    phone.dial("101")
    phone.remote_answers()
    ring(phone, "486")

    send_copydata(phone.state().main, "/answer")

    assert phone.state().calls == "486 in talking"
    assert boxes(phone) == []


def test_hanging_up_all_leaves_ringing_calls_and_hanging_up_incoming_ones_ends_them(phone: StandIn) -> None:
    ring(phone)
    main = phone.state().main

    send_copydata(main, "/hangupall")
    assert phone.state().calls == "486 in ringing"

    send_copydata(main, "/hangupincoming")
    assert phone.state().calls == ""


def test_tones_and_transfers_need_a_call(phone: StandIn) -> None:
    main = phone.state().main
    send_copydata(main, "/dtmf:1")
    send_copydata(main, "/transfer:102")
    assert (phone.state().tones, phone.state().dialled_count) == ("", 0)

    phone.dial("101")
    phone.remote_answers()
    send_copydata(main, "/dtmf:12?")
    assert phone.state().tones == ""
    send_copydata(main, "/dtmf:1#")
    send_copydata(main, "/transfer:102")
    assert (phone.state().tones, phone.state().calls) == ("1#", "")


@pytest.mark.parametrize(("version", "muted"), [("3.20.5", [True, False]), ("3.21.6", [True, True])])
def test_micmute_toggles_in_3_20_5_and_switches_on_since(
    start_standin: StartStandIn, version: str, muted: list[bool]
) -> None:
    standin = start_standin(version=version, ini=INI)
    seen = []
    for _ in muted:
        send_copydata(standin.state().main, "msip:micmute")
        seen.append(standin.state().muted)

    assert seen == muted


def test_a_dial_is_dropped_while_a_call_rings_in_single_mode_and_made_otherwise(start_standin: StartStandIn) -> None:
    single, several = start_standin(ini=INI), start_standin(ini=INI.replace("DND=0", "DND=0\nsingleMode=0"))
    for standin in (single, several):
        ring(standin)
        send_copydata(standin.state().main, "101")

    assert (single.state().dialled_count, several.state().dialled_count) == (0, 1)
    assert not shows_end(several)  # it is there in single mode only


def test_a_command_can_overwrite_a_password(phone: StandIn) -> None:
    send_copydata(phone.state().main, "/account:1 /password:stolen")

    assert phone.state().understood == "account 1 /password:stolen"
    assert "password=stolen" in Path(phone.state().ini).read_text(encoding="utf-16")


# --- 12: incoming calls ---------------------------------------------------------------------------


def test_a_call_opens_a_box_that_main_owns_with_the_caller_in_it(phone: StandIn) -> None:
    box = ring(phone, "486", "Olga")

    assert win32gui.GetClassName(box) == "#32770"
    assert win32gui.GetWindowText(box) == "Incoming Call"
    assert text_of(item(box, CALLER_NAME)) == "Olga"
    assert text_of(item(box, CALLER)).split("\r\n") == [
        "Olga <486@sip.example>", "Stand-in/1.0", "", "To: 485@sip.example", "",
    ]  # fmt: skip
    assert status_text(phone) == "Incoming Call"
    assert not shows_end(phone)
    assert entries(phone) == {"0": "486;Olga;1;0;"}


def test_each_call_has_a_box_of_its_own_in_the_language_of_the_user(start_standin: StartStandIn) -> None:
    russian = start_standin(ini=INI, env={"STANDIN_LANGUAGE": "ru"})

    texts = [text_of(item(ring(russian, *who), CALLER)).splitlines() for who in (("486", "Olga"), ("487",))]

    assert [lines[0] for lines in texts] == ["Olga <486@sip.example>", "487@sip.example"]
    assert {lines[3] for lines in texts} == {"Кому: 485@sip.example"}
    assert (status_text(russian), shows_end(russian)) == ("Входящий вызов", False)


@pytest.mark.parametrize(
    ("button", "state", "entry"), [(ANSWER, "486 in talking", "486;;1;0;"), (DECLINE, "", "486;;2;0;Declined")]
)
def test_its_buttons_answer_and_decline(phone: StandIn, button: int, state: str, entry: str) -> None:
    box = ring(phone)

    send(box, win32con.WM_COMMAND, button, item(box, button))

    assert phone.state().calls == state
    assert not win32gui.IsWindow(box)
    assert entries(phone) == {"0": entry}


def test_closing_the_box_ignores_the_call_unless_told_otherwise(start_standin: StartStandIn) -> None:
    ignoring, declining = start_standin(ini=INI), start_standin(ini=INI.replace("DND=0", "DND=0\nnoIgnoreCall=1"))
    for standin in (ignoring, declining):
        send(ring(standin), win32con.WM_CLOSE)

    assert [standin.state().calls for standin in (ignoring, declining)] == ["486 in ringing", ""]


def test_the_box_stays_hidden_with_main_when_it_is_told_to(start_standin: StartStandIn) -> None:
    hidden = start_standin(ini=INI.replace("DND=0", "DND=0\nbringToFrontOnIncoming=0"), env={"STANDIN_HIDDEN": "1"})
    shown = start_standin(ini=INI, env={"STANDIN_HIDDEN": "1"})

    assert [bool(win32gui.IsWindowVisible(ring(standin))) for standin in (hidden, shown)] == [False, True]


def test_a_call_that_dnd_rejects_leaves_an_entry_and_nothing_else(phone: StandIn) -> None:
    click_dnd(phone)
    phone.ring("486", "Olga")

    wait_until(lambda: entries(phone) == {"0": "486;Olga;2;0;Do Not Disturb"})
    assert (boxes(phone), phone.state().calls) == ([], "")


# --- 13: event commands ---------------------------------------------------------------------------


@pytest.fixture
def start_calling(start_standin: StartStandIn, tmp_path: Path) -> StartCalling:
    """Starts a stand-in whose events write into `events.txt`, each beside its name what MicroSIP put behind it."""
    program = tmp_path / "evt.bat"
    program.write_text("@echo %*>>%~dp0events.txt\r\n", newline="")

    def start(version: str = "3.22.3", wait_for: str = "") -> StandIn:
        if wait_for:
            program.write_text(
                "@echo %*>>%~dp0events.txt\r\n"
                f"@if not %1=={wait_for} exit\r\n:again\r\n@if not exist %~dp0go.txt goto again\r\n",
                newline="",
            )
        commands = "".join(f"{event}=cmd.exe /c {program} {event}\n" for event in EVENTS)
        return start_standin(version=version, ini=INI.replace("[Account1]", f"{commands}[Account1]"))

    return start


def events(folder: Path) -> list[str]:
    file = folder / "events.txt"
    return [line.strip() for line in file.read_text().splitlines()] if file.exists() else []


def eventually(folder: Path, *expected: str) -> None:
    wait_until(lambda: events(folder) == list(expected), timeout=30)


def test_an_answered_call_runs_incoming_ring_answer_start_and_end(start_calling: StartCalling, tmp_path: Path) -> None:
    standin = start_calling()
    ring(standin)
    standin.answer()
    eventually(tmp_path, "cmdIncomingCall 486", "cmdCallRing 486", "cmdCallAnswer 486", "cmdCallStart 486")

    standin.remote_hangup()

    wait_until(lambda: events(tmp_path)[4:] == ["cmdCallEnd 486"])
    assert entries(standin)["0"].endswith(";Call Ended")


@pytest.mark.parametrize(
    ("end", "last", "entry"),
    [
        (StandIn.remote_hangup, "cmdCallEnd 486", "486;;2;0;Missed Call"),
        (StandIn.decline, "cmdCallBusy 486", "486;;2;0;Declined"),
    ],
)
def test_a_call_that_is_not_answered_ends_as_missed_or_declined(
    start_calling: StartCalling, tmp_path: Path, end: Callable[[StandIn], None], last: str, entry: str
) -> None:
    standin = start_calling()
    ring(standin)

    end(standin)

    eventually(tmp_path, "cmdIncomingCall 486", "cmdCallRing 486", last)
    assert entries(standin) == {"0": entry}


@pytest.mark.parametrize(
    ("other_side", "then"),
    [
        ([StandIn.remote_busy], ["cmdCallBusy 101"]),
        ([StandIn.remote_answers, StandIn.remote_hangup], ["cmdCallStart 101", "cmdCallEnd 101"]),
    ],
)
def test_an_outgoing_call_runs_outgoing_and_how_it_ends(
    start_calling: StartCalling, tmp_path: Path, other_side: list[Callable[[StandIn], None]], then: list[str]
) -> None:
    standin = start_calling()
    standin.dial("101")
    eventually(tmp_path, "cmdOutgoingCall 101")

    for act in other_side:
        act(standin)

    eventually(tmp_path, "cmdOutgoingCall 101", *then)


def test_dnd_lets_the_first_event_through_and_no_other(start_calling: StartCalling, tmp_path: Path) -> None:
    standin = start_calling()
    click_dnd(standin)
    standin.ring("486")

    wait_until(lambda: "0" in entries(standin))
    assert events(tmp_path) == ["cmdIncomingCall 486"]


def test_an_event_stops_the_window_until_its_program_ends_and_delays_no_longer(
    start_calling: StartCalling, tmp_path: Path
) -> None:
    standin = start_calling(wait_for="cmdCallRing")
    standin.ring("486")
    wait_until(lambda: standin.state().frozen)

    with pytest.raises(SenderTimedOut):
        click_dnd(standin, timeout=0.3)
    assert boxes(standin) == []
    (tmp_path / "go.txt").touch()

    assert check_mark(standin) == 1  # the click came late, and before the box
    wait_until(lambda: len(boxes(standin)) == 1)
    assert not standin.state().frozen


def test_the_first_event_delays_the_call_but_not_the_window(start_calling: StartCalling, tmp_path: Path) -> None:
    standin = start_calling(wait_for="cmdIncomingCall")
    standin.ring("486")
    wait_until(lambda: events(tmp_path) == ["cmdIncomingCall 486"])

    click_dnd(standin, timeout=AT_ONCE * 4)
    click_dnd(standin, timeout=AT_ONCE * 4)
    assert (boxes(standin), entries(standin)) == ([], {})
    (tmp_path / "go.txt").touch()

    wait_until(lambda: len(boxes(standin)) == 1)


def test_an_event_is_waited_for_ten_seconds_and_no_longer(start_calling: StartCalling, tmp_path: Path) -> None:
    standin = start_calling(wait_for="cmdCallRing")
    standin.ring("486")
    wait_until(lambda: standin.state().frozen)

    seconds = wait_until(lambda: not standin.state().frozen)

    assert 8 < seconds < 13
    (tmp_path / "go.txt").touch()


def test_the_words_of_an_event_are_joined_without_their_quotes(start_standin: StartStandIn, tmp_path: Path) -> None:
    program = tmp_path / "evt.bat"
    program.write_text("@echo %*>>%~dp0events.txt\r\n", newline="")
    command = f'""cmd.exe" /c {program} "two words""'
    standin = start_standin(ini=INI.replace("[Account1]", f"cmdOutgoingCall={command}\n[Account1]"))

    standin.dial("101")

    eventually(tmp_path, "two words 101")


def test_a_path_whose_quotes_the_ini_took_off_fails_silently(start_standin: StartStandIn, tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "evt.bat").write_text("@echo %*>>%~dp0events.txt\r\n", newline="")
    standin = start_standin(ini=INI.replace("[Account1]", f'cmdOutgoingCall="{folder}\\evt.bat"\n[Account1]'))

    standin.dial("101")

    assert standin.state().calls == "101 out calling"
    assert events(folder) == []


# --- 14: the list of calls ------------------------------------------------------------------------


def test_a_call_is_noted_at_once_and_again_at_its_end(phone: StandIn) -> None:
    phone.dial("101")
    assert entries(phone) == {"0": "101;;0;0;"}
    phone.remote_answers()
    talking_since = time.monotonic()
    assert entries(phone) == {"0": "101;;0;0;"}

    wait_until(lambda: time.monotonic() - talking_since > 0.8)
    phone.remote_hangup()

    assert entries(phone) == {"0": "101;;0;1;Call Ended"}
    assert settings_in(Path(phone.state().ini))["callsLastKey"] == "0"


def test_a_name_with_a_semicolon_shifts_the_fields(phone: StandIn) -> None:
    ring(phone, "486", "Olga; Ltd")

    assert entries(phone) == {"0": "486;Olga; Ltd;1;0;"}


def test_after_place_999_comes_place_0_which_is_overwritten(phone: StandIn) -> None:
    phone.dial("101")
    phone.remote_busy()
    edit_settings(Path(phone.state().ini), callsLastKey="998")

    for number in ("102", "103"):
        phone.dial(number)
        phone.remote_busy()

    assert entries(phone) == {"0": "103;;0;0;Busy Here", "999": "102;;0;0;Busy Here"}
    assert settings_in(Path(phone.state().ini))["callsLastKey"] == "0"


def test_a_deleted_entry_holds_null(phone: StandIn) -> None:
    phone.dial("101")
    phone.remote_busy()

    phone.delete_entry(0)

    assert entries(phone) == {"0": "null"}


def test_3_14_has_no_rotation_no_last_key_and_calls_a_ringing_call_missed(start_standin: StartStandIn) -> None:
    standin = start_standin(version="3.14", ini=INI)
    ring(standin)
    ringing = entries(standin)
    standin.answer()
    talking = entries(standin)
    standin.remote_hangup()
    standin.dial("101")

    assert (ringing, talking) == ({"0": "486;;2;0;"}, {"0": "486;;1;0;"})
    assert entries(standin) == {"0": "486;;1;0;", "1": "101;;0;0;"}
    assert "callsLastKey" not in settings_in(Path(standin.state().ini))


def test_several_calls_are_counted_where_several_are_allowed(start_standin: StartStandIn) -> None:
    standin = start_standin(ini=INI.replace("DND=0", "DND=0\nsingleMode=0"))
    for number in ("101", "102"):
        standin.dial(number)
        standin.remote_answers()

    assert status_text(standin) == "Connected (2)"
    assert standin.state().calls == "101 out talking; 102 out talking"
