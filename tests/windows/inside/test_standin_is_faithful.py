"""The stand-in is what MicroSIP is to another process: every test here looks at it from outside, by Win32 calls."""

from __future__ import annotations

import configparser
import ctypes
import os
import subprocess
import threading
import time
import winreg
from collections.abc import Callable, Iterator
from ctypes import wintypes
from pathlib import Path

import pytest
import win32api
import win32con
import win32gui
import win32process

from tests.windows.inside.conftest import StartStandIn, run_to_its_end, standin_copy
from tests.windows.standin.handle import StandIn

DND, CALL, END = 1002, 1022, 1055
AA, FWD = 1001, 1014
TCM_GETCURSEL = 0x130B
ERROR_TIMEOUT = 1460
SHARING_VIOLATION = 32
AT_ONCE = 0.5  # seconds: much less than the five of the save timer

user32 = ctypes.WinDLL("user32", use_last_error=True)
user32.GetDlgItem.restype = wintypes.HWND
user32.GetDlgItem.argtypes = [wintypes.HWND, ctypes.c_int]
user32.SendMessageTimeoutW.restype = ctypes.c_ssize_t
user32.SendMessageTimeoutW.argtypes = [
    wintypes.HWND,
    wintypes.UINT,
    wintypes.WPARAM,
    ctypes.c_void_p,
    wintypes.UINT,
    wintypes.UINT,
    ctypes.POINTER(ctypes.c_size_t),
]


# --- how another process asks ---------------------------------------------------------------------


class SenderTimedOut(Exception):
    pass


class CopyData(ctypes.Structure):
    _fields_ = (("dwData", ctypes.c_size_t), ("cbData", wintypes.DWORD), ("lpData", ctypes.c_void_p))


def send(window: int, message: int, wparam: int = 0, lparam: int | None = 0, timeout: float = 5.0) -> int:
    result = ctypes.c_size_t()
    sent = user32.SendMessageTimeoutW(
        window, message, wparam, lparam, win32con.SMTO_NORMAL, int(timeout * 1000), ctypes.byref(result)
    )
    if not sent:
        error = ctypes.get_last_error()
        raise SenderTimedOut if error in (0, ERROR_TIMEOUT) else ctypes.WinError(error)
    return result.value


def item(parent: int, control: int) -> int:
    return user32.GetDlgItem(parent, control) or 0


def text_of(window: int) -> str:
    buffer = ctypes.create_unicode_buffer(512)
    send(window, win32con.WM_GETTEXT, len(buffer), ctypes.addressof(buffer))
    return buffer.value


def send_copydata(main: int, text: str, kind: int = 1, timeout: float = 5.0, nul: bool = True) -> int:
    buffer = ctypes.create_unicode_buffer(text)
    data = CopyData(kind, 2 * (len(text) + nul), ctypes.addressof(buffer))
    return send(main, win32con.WM_COPYDATA, 0, ctypes.addressof(data), timeout)


def children(parent: int, window_class: str) -> list[int]:
    """The direct children of this class."""
    found: list[int] = []
    last = 0
    while last := win32gui.FindWindowEx(parent, last, window_class, None):
        found.append(last)
    return found


def dialer_page(main: int) -> int:
    (page,) = (page for page in children(main, "#32770") if item(page, CALL))
    return page


def dnd_button(standin: StandIn) -> int:
    return item(dialer_page(standin.state().main), DND)


def check_mark(standin: StandIn) -> int:
    return send(dnd_button(standin), win32con.BM_GETCHECK)


def click_dnd(standin: StandIn, timeout: float = 5.0) -> None:
    page = dialer_page(standin.state().main)
    send(page, win32con.WM_COMMAND, DND, item(page, DND), timeout)


def status_text(standin: StandIn) -> str:
    return text_of(item(standin.state().main, 59393))


def wait_until(condition: Callable[[], bool], timeout: float = 15.0) -> float:
    """Seconds until it held; the test fails if it does not."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < timeout, "it did not come true in time"
        time.sleep(0.02)
    return time.monotonic() - started


def ini_of(standin: StandIn) -> Path:
    return Path(standin.state().ini)


def settings_in(file: Path) -> configparser.SectionProxy:
    """[Settings] of a file which MicroSIP may be writing: what cannot be read now can be read in a moment."""
    for _ in range(200):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(file.read_bytes().decode("utf-16"))
            return parser["Settings"]
        except (PermissionError, configparser.Error, UnicodeError, KeyError):
            time.sleep(0.01)
    raise AssertionError(f"{file} cannot be read")


def edit_settings(file: Path, **values: str) -> None:
    for key, value in values.items():
        win32api.WriteProfileVal("Settings", key, value, str(file))


# --- 1: the main window ---------------------------------------------------------------------------


def test_main_window_is_top_level_without_owner_and_of_class_microsip(standin: StandIn) -> None:
    main = standin.state().main

    assert win32gui.GetClassName(main) == "MicroSIP"
    assert win32gui.GetParent(main) == 0
    assert win32gui.GetWindow(main, win32con.GW_OWNER) == 0
    assert win32gui.GetWindowText(main) == "MicroSIP"
    assert win32gui.FindWindow("MicroSIP", None) == main


def test_main_window_belongs_to_the_process_of_the_exe(start_standin: StartStandIn, tmp_path: Path) -> None:
    standin = start_standin(folder=tmp_path, name="microsip.EXE")
    _, pid = win32process.GetWindowThreadProcessId(standin.state().main)
    process = win32api.OpenProcess(win32con.PROCESS_QUERY_INFORMATION | win32con.PROCESS_VM_READ, False, pid)
    path = win32process.GetModuleFileNameEx(process, 0)

    assert pid == standin.state().pid
    assert path.lower() == str(tmp_path / "microsip.exe").lower()


@pytest.mark.parametrize(
    ("account", "version", "title"),
    [
        ("label=Desk\ndisplayName=Nikita\nusername=485", "3.22.3", "MicroSIP - Desk"),
        ("displayName=Никита\nusername=485", "3.22.3", "MicroSIP - Никита"),
        ("username=485", "3.22.3", "MicroSIP - 485"),
        ("label=Desk\nusername=485", "3.14", "MicroSIP - 485"),
    ],
)
def test_title_names_the_account(start_standin: StartStandIn, account: str, version: str, title: str) -> None:
    standin = start_standin(version=version, ini=f"[Settings]\naccountId=1\n[Account1]\ndomain=pbx\n{account}\n")

    assert win32gui.GetWindowText(standin.state().main) == title


def test_hidden_main_window_is_still_found(start_standin: StartStandIn) -> None:
    standin = start_standin(env={"STANDIN_HIDDEN": "1"})

    assert not win32gui.IsWindowVisible(standin.state().main)
    assert win32gui.FindWindow("MicroSIP", None) == standin.state().main
    assert check_mark(standin) == 0


# --- 2, 3: its children ---------------------------------------------------------------------------


def test_dnd_button_is_not_a_child_of_main_but_of_the_page_that_owns_the_call_button(standin: StandIn) -> None:
    main = standin.state().main
    pages = children(main, "#32770")

    assert item(main, DND) == 0
    assert [win32gui.GetDlgCtrlID(page) for page in pages] == [0, 0, 0]
    assert [bool(item(page, CALL)) for page in pages].count(True) == 1
    assert win32gui.GetParent(dnd_button(standin)) == dialer_page(main) == standin.state().page


def test_the_other_children_have_their_known_ids(standin: StandIn) -> None:
    main = standin.state().main

    classes = {control: win32gui.GetClassName(item(main, control)) for control in (1000, 1001, 59393)}
    lists = [control for page in children(main, "#32770") for control in (1027, 1030) if item(page, control)]

    assert classes == {1000: "SysTabControl32", 1001: "Button", 59393: "msctls_statusbar32"}
    assert sorted(lists) == [1027, 1030]


def test_dnd_is_switched_while_another_tab_is_selected_and_main_is_hidden(standin: StandIn) -> None:
    standin.tab(2)
    standin.hide()
    main = standin.state().main
    assert send(item(main, 1000), TCM_GETCURSEL) == 2
    assert not win32gui.GetWindowLong(dialer_page(main), win32con.GWL_STYLE) & win32con.WS_VISIBLE

    click_dnd(standin)

    assert check_mark(standin) == 1
    assert standin.state().dnd_effective
    assert not standin.state().visible


# --- 4: when there is a button --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "there_is_one"),
    [("", True), ("denyIncoming=button", True), ("denyIncoming=", False), ("denyIncoming=all", False)],
)
def test_button_exists_only_for_deny_incoming_button(
    start_standin: StartStandIn, line: str, there_is_one: bool
) -> None:
    standin = start_standin(ini=f"[Settings]\n{line}\n")

    assert bool(dnd_button(standin)) is there_is_one


def test_button_gets_a_new_handle_by_settings_ok_and_by_a_change_of_account(standin: StandIn) -> None:
    first = dnd_button(standin)
    standin.settings_ok()
    second = dnd_button(standin)
    standin.account(1)
    third = dnd_button(standin)

    assert len({first, second, third}) == 3
    assert [bool(win32gui.IsWindow(button)) for button in (first, second, third)] == [False, False, True]


def test_settings_take_the_button_away_and_bring_it_back_with_its_state(standin: StandIn) -> None:
    click_dnd(standin)
    standin.settings_ok(deny_incoming="user")
    assert dnd_button(standin) == 0

    standin.settings_ok(deny_incoming="button")
    assert check_mark(standin) == 1


# --- 5: reading and clicking ----------------------------------------------------------------------


@pytest.mark.parametrize("version", ["3.20.5", "3.21.6", "3.22.3"])
def test_each_click_toggles_and_the_check_mark_follows_at_once(start_standin: StartStandIn, version: str) -> None:
    standin = start_standin(version=version)

    marks = []
    for _ in range(3):
        click_dnd(standin)
        marks.append(check_mark(standin))

    assert marks == [1, 0, 1]
    assert standin.state().clicks == 3


def test_a_click_by_hand_is_seen_from_outside(standin: StandIn) -> None:
    standin.click()

    assert check_mark(standin) == 1


def test_dnd_of_the_ini_is_the_state_at_start(start_standin: StartStandIn) -> None:
    assert check_mark(start_standin(ini="[Settings]\nDND=1\n")) == 1


def test_setting_the_check_mark_changes_only_the_look(standin: StandIn) -> None:
    send(dnd_button(standin), win32con.BM_SETCHECK, 1)
    assert not standin.state().dnd

    click_dnd(standin)
    click_dnd(standin)
    assert check_mark(standin) == 0


def test_a_click_sent_to_main_does_nothing(standin: StandIn) -> None:
    send(standin.state().main, win32con.WM_COMMAND, DND, dnd_button(standin))

    assert standin.state().clicks == 0


def test_a_click_without_a_button_flips_the_stored_value_and_has_no_effect(start_standin: StartStandIn) -> None:
    standin = start_standin(ini="[Settings]\ndenyIncoming=\n")

    click_dnd(standin)

    assert standin.state().dnd
    assert not standin.state().dnd_effective


def test_since_3_21_6_the_style_does_not_tell_that_the_button_can_be_checked(start_standin: StartStandIn) -> None:
    styles = {
        version: win32gui.GetWindowLong(dnd_button(start_standin(version=version)), win32con.GWL_STYLE) & 0xF
        for version in ("3.20.5", "3.21.6")
    }

    assert styles == {"3.20.5": win32con.BS_CHECKBOX, "3.21.6": win32con.BS_OWNERDRAW}


def test_a_bare_command_for_auto_answer_changes_nothing(standin: StandIn) -> None:
    page = standin.state().page
    send(page, win32con.WM_COMMAND, 1001, item(page, 1001))
    assert "Auto Answer" not in status_text(standin)

    standin.registration("online")
    send(item(page, 1001), win32con.BM_SETCHECK, 1)
    send(page, win32con.WM_COMMAND, 1001, item(page, 1001))
    assert status_text(standin) == "Online (Auto Answer)"


def test_ignored_clicks_are_taken_and_change_nothing(standin: StandIn) -> None:
    standin.ignore_clicks()

    click_dnd(standin)

    assert check_mark(standin) == 0
    assert (standin.state().clicks, standin.state().ignored_clicks) == (0, 1)


# --- 6: a frozen window ---------------------------------------------------------------------------


def test_a_click_whose_sender_timed_out_is_carried_out_later_exactly_once(standin: StandIn) -> None:
    standin.hang(1.5)
    with pytest.raises(SenderTimedOut):
        click_dnd(standin, timeout=0.2)
    assert standin.state().frozen
    assert standin.state().clicks == 0

    wait_until(lambda: not standin.state().frozen)

    assert check_mark(standin) == 1
    assert standin.state().clicks == 1


def test_two_clicks_whose_senders_timed_out_toggle_twice(standin: StandIn) -> None:
    standin.hang(1.5)
    for _ in range(2):
        with pytest.raises(SenderTimedOut):
            click_dnd(standin, timeout=0.2)

    assert check_mark(standin) == 0  # it waits for the thaw
    assert standin.state().clicks == 2


def test_a_frozen_window_answers_a_patient_sender_when_it_wakes_up(standin: StandIn) -> None:
    button = dnd_button(standin)
    standin.hang(1.0)

    started = time.monotonic()
    mark = send(button, win32con.BM_GETCHECK)

    assert mark == 0
    assert time.monotonic() - started > 0.5


def test_messages_held_by_a_frozen_window_are_carried_out_in_their_order(standin: StandIn) -> None:
    main = standin.state().main
    standin.hang(1.5)
    for text in ("/first", "/second"):
        with pytest.raises(SenderTimedOut):
            send_copydata(main, text, timeout=0.2)

    wait_until(lambda: not standin.state().frozen)
    wait_until(lambda: standin.state().copydata_count == 2)

    assert standin.state().last_copydata == "/second"


def test_a_click_that_blocks_inside_its_handler_comes_before_a_later_reading(standin: StandIn) -> None:
    standin.hang_on_click(1.0)
    with pytest.raises(SenderTimedOut):
        click_dnd(standin, timeout=0.2)

    mark = check_mark(standin)

    assert mark == 1
    assert standin.state().clicks == 1


def test_a_click_by_hand_into_a_frozen_window_comes_through_later(standin: StandIn) -> None:
    standin.hang(0.5)
    standin.click()
    assert standin.state().clicks == 0

    wait_until(lambda: standin.state().clicks == 1)

    assert check_mark(standin) == 1


def test_a_window_frozen_for_more_than_five_seconds_counts_as_hung(standin: StandIn) -> None:
    standin.hang(7)

    wait_until(lambda: bool(user32.IsHungAppWindow(standin.state().main)), timeout=7)
    standin.kill()


def test_refusal_is_put_up_as_a_window_property(standin: StandIn) -> None:
    main = standin.state().main
    standin.refuse()
    assert user32.GetPropW(main, "StandInRefuses")

    standin.refuse(False)
    assert not user32.GetPropW(main, "StandInRefuses")


# --- 7: when the ini is written -------------------------------------------------------------------


def test_ini_is_written_five_seconds_after_the_last_click(start_standin: StartStandIn) -> None:
    standins = [start_standin(version=version) for version in ("3.21.6", "3.22.3")]
    for standin in standins:
        click_dnd(standin)
    # Two more clicks in between: each must start the five seconds anew, and the value ends as it began, on.
    for _ in range(2):
        time.sleep(1)
        for standin in standins:
            click_dnd(standin)
    last_click = time.monotonic()

    assert [settings_in(ini_of(standin)).get("DND") for standin in standins] == [None, None]
    for standin in standins:
        wait_until(lambda standin=standin: standin.state().saves == 1)  # type: ignore[misc]
        assert time.monotonic() - last_click > 4.5
    assert time.monotonic() - last_click < 7

    assert [settings_in(ini_of(standin))["DND"] for standin in standins] == ["1", "1"]


def test_version_3_20_5_writes_the_ini_at_once(start_standin: StartStandIn) -> None:
    standin = start_standin(version="3.20.5")

    click_dnd(standin)

    assert settings_in(ini_of(standin))["DND"] == "1"


def test_a_save_writes_all_known_keys_overwrites_edits_and_keeps_the_rest(start_standin: StartStandIn) -> None:
    standin = start_standin(ini="[Settings]\nvolumeRing=40\nmine=kept\n[Account1]\nlabel=Desk\n")
    ini = ini_of(standin)
    edit_settings(ini, volumeRing="77", denyIncoming="all", another="kept, too")

    standin.settings_ok()

    settings = settings_in(ini)
    assert (settings["volumeRing"], settings["denyIncoming"]) == ("40", "button")
    assert (settings["mine"], settings["another"]) == ("kept", "kept, too")
    assert settings["audioCodecs"] == "PCMA/8000/1 PCMU/8000/1"
    assert len(settings) > 100
    assert "[Account1]" in ini.read_text(encoding="utf-16")


def test_wm_close_saves_what_was_not_saved_yet(standin: StandIn) -> None:
    ini = ini_of(standin)
    click_dnd(standin)

    standin.close()

    assert settings_in(ini)["DND"] == "1"


@pytest.mark.parametrize("end", [StandIn.crash, StandIn.kill])
def test_a_change_of_the_last_five_seconds_is_lost_when_the_process_dies(
    standin: StandIn, end: Callable[[StandIn], None]
) -> None:
    ini = ini_of(standin)
    click_dnd(standin)

    end(standin)

    assert settings_in(ini).get("DND") is None


# --- 8: where the ini is and how it is written ----------------------------------------------------


def test_a_new_ini_is_utf_16_with_its_mark_and_named_after_the_exe(start_standin: StartStandIn, tmp_path: Path) -> None:
    standin = start_standin(folder=tmp_path, name="phone2.exe", version="3.21.6")

    assert ini_of(standin) == tmp_path / "phone2.ini"
    assert (tmp_path / "phone2.ini").read_bytes() == b"\xff\xfe" + "[Settings]\r\n".encode("utf-16-le")


def test_an_ansi_ini_is_converted_at_start(start_standin: StartStandIn, tmp_path: Path) -> None:
    ansi = "[Settings]\r\naccountId=1\r\n[Account1]\r\ndomain=pbx\r\nlabel=Zoë\r\n".encode("mbcs")
    (tmp_path / "MicroSIP.ini").write_bytes(ansi)

    standin = start_standin(folder=tmp_path)

    assert win32gui.GetWindowText(standin.state().main) == "MicroSIP - Zoë"
    assert (tmp_path / "MicroSIP.ini").read_bytes().startswith(b"\xff\xfe")


def test_3_22_3_writes_its_version_at_start_and_older_ones_do_not(start_standin: StartStandIn) -> None:
    versions = {v: settings_in(ini_of(start_standin(version=v))).get("version") for v in ("3.21.6", "3.22.3")}

    assert versions == {"3.21.6": None, "3.22.3": "3.22.3"}


def test_event_commands_are_saved_in_quotes_since_3_21_6(start_standin: StartStandIn) -> None:
    saved = {}
    for version in ("3.20.5", "3.21.6"):
        standin = start_standin(version=version, ini="[Settings]\ncmdCallEnd=C:\\evt.exe end\n")
        standin.settings_ok()
        saved[version] = settings_in(ini_of(standin))["cmdCallEnd"]

    assert saved == {"3.20.5": r"C:\evt.exe end", "3.21.6": r'"C:\evt.exe end"'}


def test_a_reader_can_meet_a_sharing_violation(standin: StandIn) -> None:
    ini = ini_of(standin)
    standin.lock_ini(500)

    with pytest.raises(PermissionError) as error:
        ini.read_bytes()

    assert error.value.winerror in (None, SHARING_VIOLATION)  # open() reports EACCES without the Windows number
    wait_until(lambda: bool(settings_in(ini)), timeout=5)


@pytest.fixture
def install_path() -> Iterator[Callable[[Path], None]]:
    """Writes the install path to the registry, as the installer does."""
    yield lambda folder: winreg.SetValue(winreg.HKEY_CURRENT_USER, r"Software\MicroSIP", winreg.REG_SZ, str(folder))
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, r"Software\MicroSIP")


def test_an_installed_one_has_its_ini_in_appdata_and_a_copy_elsewhere_is_portable(
    start_standin: StartStandIn, tmp_path: Path, install_path: Callable[[Path], None]
) -> None:
    install_path(Path(str(tmp_path / "Program").upper()))

    installed = start_standin(folder=tmp_path / "Program")
    portable = start_standin(folder=tmp_path / "Copy")

    assert ini_of(installed) == Path(os.environ["APPDATA"], "MicroSIP", "MicroSIP.ini")
    assert ini_of(portable) == tmp_path / "Copy" / "MicroSIP.ini"


# --- 9: the status bar ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registration", "english", "russian"),
    [
        ("online", "Online", "В сети"),
        ("away", "Away", "Отошёл"),
        ("connecting", "Connecting...", "Подключение..."),
        ("incorrect_password", "Incorrect Password", "Неверный пароль"),
        ("connection_failed", "Connection Failed", "Ошибка подключения"),
        ("offline", "Offline", "Не в сети"),
        ("other Request Timeout", "Request Timeout", "Request Timeout"),
    ],
)
def test_status_bar_tells_the_registration_in_its_language(
    both_languages: tuple[StandIn, StandIn], registration: str, english: str, russian: str
) -> None:
    for standin in both_languages:
        standin.registration(registration)

    assert [status_text(standin) for standin in both_languages] == [english, russian]


@pytest.fixture
def both_languages(start_standin: StartStandIn) -> tuple[StandIn, StandIn]:
    return start_standin(), start_standin(env={"STANDIN_LANGUAGE": "ru"})


def test_dnd_wins_over_online_only_while_registered(standin: StandIn) -> None:
    click_dnd(standin)
    texts = []
    for registration in ("online", "away", "offline"):
        standin.registration(registration)
        texts.append(status_text(standin))

    assert texts == ["Do Not Disturb", "Do Not Disturb", "Offline"]


def test_a_call_replaces_the_registration_and_shows_the_end_button(standin: StandIn) -> None:
    standin.registration("online")
    standin.call("Connected 0:07")
    in_call = status_text(standin), _is_shown(standin, END)
    standin.call_end()

    assert in_call == ("Connected 0:07", True)
    assert (status_text(standin), _is_shown(standin, END)) == ("Online", False)


def test_auto_answer_and_forwarding_show_in_the_status_bar_and_keep_their_marks(start_standin: StartStandIn) -> None:
    account = "[Account1]\ndomain=pbx\nserver=pbx\n"
    standin = start_standin(ini=f"[Settings]\naccountId=1\nforwarding=button\nforwardingNumber=500\n{account}")

    standin.press("aa")
    auto_answer = status_text(standin)
    standin.press("fwd")
    standin.settings_ok()

    page = standin.state().page
    assert (auto_answer, status_text(standin)) == ("Online (Auto Answer)", "Call Forwarding")
    assert [send(item(page, button), win32con.BM_GETCHECK) for button in (AA, FWD)] == [1, 1]


def _is_shown(standin: StandIn, control: int) -> bool:
    window = item(standin.state().page, control)
    return bool(win32gui.GetWindowLong(window, win32con.GWL_STYLE) & win32con.WS_VISIBLE)


@pytest.mark.parametrize(
    ("ini", "text"),
    [
        ("[Settings]\n", "MicroSIP"),
        ("[Settings]\naccountId=1\n[Account1]\ndomain=pbx\nserver=pbx\n", "Online"),
        ("[Settings]\naccountId=1\n[Account1]\ndomain=pbx\n", "Idle"),
    ],
)
def test_status_at_start_follows_from_the_account(start_standin: StartStandIn, ini: str, text: str) -> None:
    assert status_text(start_standin(ini=ini)) == text


# --- 10: WM_COPYDATA ------------------------------------------------------------------------------


def test_copydata_is_taken_with_0_and_not_handled_with_1(standin: StandIn) -> None:
    main = standin.state().main

    running = [send_copydata(main, "/answer", kind) for kind in (1, 2, 3)]
    standin.engine(False)
    without_engine = [send_copydata(main, "/answer", kind) for kind in (1, 2)]

    assert (running, without_engine) == ([0, 0, 1], [1, 1])


def test_an_unknown_text_is_dialled(standin: StandIn) -> None:
    standin.registration("online")

    send_copydata(standin.state().main, "/mistyped")

    assert standin.state().last_dialled == "/mistyped"
    assert standin.state().in_call


def test_a_text_without_its_nul_does_not_arrive_as_it_was(standin: StandIn) -> None:
    send_copydata(standin.state().main, "101", nul=False)

    assert standin.state().last_copydata not in ("101", "")


def test_a_queued_text_is_carried_out_after_the_answer(standin: StandIn) -> None:
    standin.registration("online")

    assert send_copydata(standin.state().main, "sip:101", kind=2) == 0

    wait_until(lambda: standin.state().last_dialled == "101")


def test_the_last_number_asked_for_while_unregistered_is_dialled_at_registration(standin: StandIn) -> None:
    standin.registration("connecting")
    for number in ("101", "102"):
        send_copydata(standin.state().main, number)
    assert (standin.state().dialled_count, standin.state().pending_dial) == (0, "102")

    standin.registration("online")

    assert (standin.state().dialled_count, standin.state().last_dialled) == (1, "102")
    assert status_text(standin) == "Calling 102 ..."


def test_in_single_mode_a_number_is_dropped_during_a_call(standin: StandIn) -> None:
    standin.registration("online")
    standin.call("Connected 0:07")
    standin.tab(1)

    assert send_copydata(standin.state().main, "101") == 0

    assert (standin.state().dialled_count, standin.state().tab) == (0, 0)


def test_a_number_and_a_text_are_a_message_and_no_call(standin: StandIn) -> None:
    standin.registration("online")

    send_copydata(standin.state().main, "101 Hello there")

    assert standin.state().last_message == "101 Hello there"
    assert standin.state().dialled_count == 0


def test_an_error_box_blocks_the_sender_but_not_the_dnd_button(standin: StandIn) -> None:
    standin.modal_on_copydata()
    main = standin.state().main
    answers: list[int] = []
    sender = threading.Thread(target=lambda: answers.append(send_copydata(main, "101", timeout=20)))
    sender.start()
    wait_until(lambda: not win32gui.IsWindowEnabled(main))

    click_dnd(standin)
    assert check_mark(standin) == 1
    assert answers == []

    standin.modal_close()
    sender.join(15)
    assert answers == [0]


# --- 11: closing ----------------------------------------------------------------------------------


def test_the_x_only_hides(standin: StandIn) -> None:
    send(standin.state().main, win32con.WM_SYSCOMMAND, win32con.SC_CLOSE)

    assert not standin.state().visible
    assert standin.process.poll() is None


def test_wm_close_takes_a_moment_saves_and_ends_the_process(start_standin: StartStandIn) -> None:
    standin = start_standin(env={"STANDIN_CLOSE_MS": "400"})
    ini = ini_of(standin)

    started = time.monotonic()
    win32gui.PostMessage(standin.state().main, win32con.WM_CLOSE, 0, 0)

    assert standin.wait() == 0
    assert time.monotonic() - started >= 0.4
    assert settings_in(ini)["DND"] == "0"


# --- 15: several instances ------------------------------------------------------------------------


def test_two_paths_run_side_by_side_each_with_its_own_state(start_standin: StartStandIn) -> None:
    one, other = start_standin(), start_standin()

    click_dnd(one)

    assert (check_mark(one), check_mark(other)) == (1, 0)
    assert ini_of(one) != ini_of(other)


def test_a_second_start_of_one_path_hands_its_command_over_and_ends(
    start_standin: StartStandIn, tmp_path: Path
) -> None:
    standin = start_standin(folder=tmp_path)
    standin.registration("online")
    standin.hide()

    code = run_to_its_end(tmp_path / "MicroSIP.exe", "tel:101")

    assert code == 0
    assert (standin.state().last_copydata, standin.state().last_dialled) == ("tel:101", "101")
    assert len(children(0, "MicroSIP")) == 1


def test_a_second_start_shows_main_only_if_its_command_was_not_handled(
    start_standin: StartStandIn, tmp_path: Path
) -> None:
    standin = start_standin(folder=tmp_path)
    standin.hide()

    run_to_its_end(tmp_path / "MicroSIP.exe", "/answer")
    handled = standin.state().visible
    standin.engine(False)
    run_to_its_end(tmp_path / "MicroSIP.exe", "/answer")

    assert (handled, standin.state().visible) == (False, True)


def test_exit_ends_the_running_one_and_starts_none(start_standin: StartStandIn, tmp_path: Path) -> None:
    standin = start_standin(folder=tmp_path)

    run_to_its_end(tmp_path / "MicroSIP.exe", "/exit")
    standin.wait()

    assert run_to_its_end(tmp_path / "MicroSIP.exe", "/exit") == 0
    assert children(0, "MicroSIP") == []


def test_minimized_starts_hidden_but_not_the_very_first_time(start_standin: StartStandIn, tmp_path: Path) -> None:
    first = start_standin("/minimized", folder=tmp_path)
    first_visible = first.state().visible
    first.close()
    second = start_standin("/minimized", folder=tmp_path)

    assert (first_visible, second.state().visible) == (True, False)


def test_it_goes_on_when_whoever_started_it_is_gone(standin: StandIn) -> None:
    assert standin.process.stdin is not None
    standin.process.stdin.close()

    with pytest.raises(subprocess.TimeoutExpired):
        standin.process.wait(AT_ONCE)


# --- 16: versions ---------------------------------------------------------------------------------


def test_3_14_has_no_dnd_button_and_an_empty_status_text(start_standin: StartStandIn) -> None:
    standin = start_standin(version="3.14")
    main = standin.state().main

    assert dnd_button(standin) == 0
    assert win32gui.GetClassName(item(main, 1134)) == "SysTabControl32"
    assert status_text(standin) == ""
    assert send_copydata(main, "/hangupall", kind=7) == 0


def test_forwarding_and_hangupincoming_came_with_3_21_6(start_standin: StartStandIn) -> None:
    found = {}
    for version in ("3.20.5", "3.21.6"):
        standin = start_standin(version=version, ini="[Settings]\nforwarding=button\n")
        standin.registration("online")
        send_copydata(standin.state().main, "/hangupincoming")
        found[version] = bool(item(standin.state().page, 1014)), standin.state().last_dialled

    assert found == {"3.20.5": (False, "/hangupincoming"), "3.21.6": (True, "")}


@pytest.mark.parametrize("version", ["3.20.5", "3.21.6", "3.22.3"])
def test_the_exe_file_tells_its_version(tmp_path: Path, version: str) -> None:
    exe = str(standin_copy(tmp_path, version=version))
    numbers = win32api.GetFileVersionInfo(exe, "\\")

    told = numbers["FileVersionMS"] >> 16, numbers["FileVersionMS"] & 0xFFFF, numbers["FileVersionLS"] >> 16
    assert ".".join(map(str, told)) == version
