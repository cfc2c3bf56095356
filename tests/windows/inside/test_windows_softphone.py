"""The agent's hands on a real Win32 program that behaves as MicroSIP does."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import winreg
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.windows.softphone import WindowsSoftphone
from microsip_manager.clock import SystemClock
from microsip_manager.wire.commands import DndOutcome
from tests.windows.inside.foreign_window import foreign_window
from tests.windows.inside.phones import INI, put_program, start, write_ini
from tests.windows.inside.refusing_sender import send_or_refuse
from tests.windows.standin.handle import StandIn

Starter = Callable[..., StandIn]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "phone"


@pytest.fixture
def run(folder: Path) -> Iterator[Starter]:
    """Starts stand-ins, with the usual ini unless there is one, and ends them after the test."""
    running: list[StandIn] = []

    def starter(where: Path = folder, name: str = "microsip.exe", version: str = "3.22.3", **env: str) -> StandIn:
        program = put_program(where, name, version)
        ini = program.with_suffix(".ini")
        if not ini.exists():
            write_ini(ini)
        running.append(start(program, **env))
        return running[-1]

    yield starter
    for standin in running:
        standin.kill()


@pytest.fixture
def softphone() -> WindowsSoftphone:
    return WindowsSoftphone(SystemClock(), send=send_or_refuse)


def eventually(true: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


# --- one MicroSIP, all well


def test_without_a_microsip_it_is_closed_and_a_command_says_so(softphone: WindowsSoftphone) -> None:
    assert softphone.look() == CLOSED
    assert softphone.set_dnd(True).outcome is DndOutcome.NOT_RUNNING


@pytest.mark.parametrize("version", ["3.20.5", "3.21.6", "3.22.3"])
def test_on_and_on_again_and_off(run: Starter, softphone: WindowsSoftphone, version: str) -> None:
    standin = run(version=version)
    assert replace(softphone.look(), phone=None) == PhoneView(running=True, dnd=False, extension="485")

    on = softphone.set_dnd(True)
    assert (on.outcome, on.dnd, on.detail) == (DndOutcome.APPLIED, True, "")
    assert standin.state().dnd_effective
    assert softphone.look().dnd is True

    assert softphone.set_dnd(True).outcome is DndOutcome.ALREADY
    assert softphone.set_dnd(False).outcome is DndOutcome.APPLIED
    assert not standin.state().dnd
    assert standin.state().clicks == 2


def test_a_click_of_the_user_is_seen(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()

    standin.click()

    assert softphone.look().dnd is True
    assert softphone.set_dnd(True).outcome is DndOutcome.ALREADY


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_it_works_hidden_and_with_any_tab_selected(run: Starter, softphone: WindowsSoftphone, tab: int) -> None:
    standin = run(STANDIN_HIDDEN="1")
    standin.tab(tab)

    assert softphone.set_dnd(True).outcome is DndOutcome.APPLIED

    state = standin.state()
    assert (state.dnd, state.visible, state.tab) == (True, False, tab)


def test_the_button_is_found_anew_after_the_settings_were_changed(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    softphone.set_dnd(True)
    before = standin.state().button

    standin.settings_ok()

    assert standin.state().button != before
    assert softphone.look().dnd is True
    assert softphone.set_dnd(False).outcome is DndOutcome.APPLIED


def test_closed_opened_and_killed_are_each_seen_at_the_next_look(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    softphone.set_dnd(True)

    standin.close()
    assert softphone.look() == CLOSED
    assert softphone.set_dnd(False).outcome is DndOutcome.NOT_RUNNING

    again = run()
    assert softphone.look().dnd is True
    again.crash()
    assert softphone.look() == CLOSED


def test_two_administrators_at_once_get_the_truth(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    outcomes: dict[bool, DndOutcome] = {}
    gate = threading.Barrier(2)

    def command(enabled: bool) -> None:
        gate.wait()
        outcomes[enabled] = softphone.set_dnd(enabled).outcome

    threads = [threading.Thread(target=command, args=(enabled,)) for enabled in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes[True] is DndOutcome.APPLIED
    assert outcomes[False] is (DndOutcome.ALREADY if standin.state().dnd else DndOutcome.APPLIED)


# --- troubles


def test_a_hung_one_is_told_in_good_time(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    softphone.look()
    standin.hang(60)
    began = time.monotonic()

    view = softphone.look()

    assert time.monotonic() - began < 2
    assert (view.running, view.dnd, view.extension, view.trouble) == (True, None, "485", Trouble.HUNG)
    result = softphone.set_dnd(True)
    assert (result.outcome, result.dnd) == (DndOutcome.HUNG, None)
    assert standin.state().clicks == 0


def test_a_late_click_is_not_doubled(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    standin.hang_on_click(6)

    assert softphone.set_dnd(True).outcome is DndOutcome.HUNG
    assert softphone.set_dnd(True).outcome is DndOutcome.HUNG
    eventually(lambda: not standin.state().frozen, "it thaws")

    assert softphone.set_dnd(True).outcome is DndOutcome.ALREADY
    state = standin.state()
    assert (state.dnd, state.clicks) == (True, 1)


def test_a_late_click_can_be_taken_back_after_the_thaw(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    standin.hang_on_click(4)
    assert softphone.set_dnd(True).outcome is DndOutcome.HUNG
    eventually(lambda: not standin.state().frozen, "it thaws")

    assert softphone.set_dnd(False).outcome is DndOutcome.APPLIED

    state = standin.state()
    assert (state.dnd, state.clicks) == (False, 2)


def test_a_click_without_effect_is_a_timeout(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    standin.ignore_clicks()

    result = softphone.set_dnd(True)

    assert (result.outcome, result.dnd) == (DndOutcome.TIMEOUT, False)
    assert standin.state().ignored_clicks == 1


def test_a_simulated_refusal_of_windows_is_told_as_denied(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()
    standin.refuse()

    view, result = softphone.look(), softphone.set_dnd(True)

    assert (view.running, view.dnd, view.trouble) == (True, None, Trouble.DENIED)
    assert result.outcome is DndOutcome.DENIED
    assert "administrator" in result.detail
    assert standin.state().clicks == 0


@pytest.mark.parametrize("value", ["", "all", "userdomain"])
def test_without_a_button_the_reason_is_named(
    run: Starter, softphone: WindowsSoftphone, folder: Path, value: str
) -> None:
    standin = run()
    standin.settings_ok(value)

    view, result = softphone.look(), softphone.set_dnd(True)

    assert (view.running, view.dnd, view.trouble) == (True, False, Trouble.NO_BUTTON)
    assert result.outcome is DndOutcome.UNSUPPORTED
    assert f"denyIncoming is '{value}' in {folder / 'microsip.ini'}" in result.detail
    assert standin.state().clicks == 0


def test_a_version_without_the_button_is_named(run: Starter, softphone: WindowsSoftphone) -> None:
    run(name="MicroSIP.exe", version="3.14")

    result = softphone.set_dnd(True)

    assert result.outcome is DndOutcome.UNSUPPORTED
    assert "this MicroSIP 3.14" in result.detail


# --- several, renamed, and others that only look alike


def test_two_copies_are_switched_together_and_the_worst_is_told(
    run: Starter, softphone: WindowsSoftphone, tmp_path: Path
) -> None:
    write_ini(tmp_path / "b" / "phone2.ini", INI.replace("485", "486"))
    one, two = run(tmp_path / "a"), run(tmp_path / "b", "phone2.exe")

    both = softphone.set_dnd(True)
    assert both.outcome is DndOutcome.APPLIED
    assert str(tmp_path / "a" / "microsip.exe") in both.detail
    assert str(tmp_path / "b" / "phone2.exe") in both.detail
    assert one.state().dnd
    assert two.state().dnd
    assert replace(softphone.look(), phone=None) == PhoneView(running=True, dnd=True, extension="485")

    two.click()
    assert softphone.look().dnd is False

    two.hang(60)
    worst = softphone.set_dnd(False)
    assert (worst.outcome, worst.dnd) == (DndOutcome.HUNG, False)
    assert not one.state().dnd

    one.close()
    assert softphone.look().extension == "486"


def test_a_renamed_program_is_found_and_its_ini_too(run: Starter, softphone: WindowsSoftphone, folder: Path) -> None:
    write_ini(folder / "Телефон отдела.ini", INI.replace("485", "777"))
    run(name="Телефон отдела.exe")

    assert softphone.look().extension == "777"
    assert softphone.set_dnd(True).outcome is DndOutcome.APPLIED


def test_a_foreign_window_of_the_same_class_is_left_alone(run: Starter, softphone: WindowsSoftphone) -> None:
    with foreign_window():
        assert softphone.look() == CLOSED

        standin = run()
        assert softphone.set_dnd(True).outcome is DndOutcome.APPLIED
        assert standin.state().dnd


def test_a_window_that_belongs_to_another_one_is_no_microsip(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run()

    with foreign_window(owner=standin.state().main):
        assert replace(softphone.look(), phone=None) == PhoneView(running=True, dnd=False, extension="485")


def test_the_class_is_compared_with_its_case_and_can_be_another_one(run: Starter) -> None:
    run()

    assert WindowsSoftphone(SystemClock(), "microsip").look() == CLOSED
    assert WindowsSoftphone(SystemClock(), "BrandPhone").look() == CLOSED


# --- the ini


@pytest.fixture
def installed_in(folder: Path) -> Iterator[None]:
    """The registry says that MicroSIP was installed to the folder."""
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\MicroSIP") as key:
        winreg.SetValueEx(key, "", 0, winreg.REG_SZ, f"{folder}\\")
    yield
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, r"Software\MicroSIP")


@pytest.mark.usefixtures("installed_in")
def test_an_installed_one_has_its_ini_in_appdata(
    run: Starter, softphone: WindowsSoftphone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    ini = write_ini(tmp_path / "Roaming" / "MicroSIP" / "microsip.ini", INI.replace("485", "900"))

    standin = run()

    assert Path(standin.state().ini) == ini
    assert softphone.look().extension == "900"


def test_a_change_of_the_account_shows_at_the_next_look(
    run: Starter, softphone: WindowsSoftphone, folder: Path
) -> None:
    write_ini(folder / "microsip.ini", INI + "[Account2]\nusername=102\ndomain=sip.example\n")
    standin = run()
    assert softphone.look().extension == "485"

    standin.account(2)

    eventually(lambda: softphone.look().extension == "102", "the other extension shows")


def test_an_ini_in_the_ansi_code_page_is_read(run: Starter, softphone: WindowsSoftphone, folder: Path) -> None:
    run()
    name = "Ольга" if "Ольга".encode("mbcs", errors="replace") != b"?????" else "René"

    (folder / "microsip.ini").write_bytes(INI.replace("485", name).encode("mbcs"))

    assert softphone.look().extension == name


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe\x00", b"\x00\x00\x00"])
def test_a_damaged_ini_is_named_and_dnd_works_all_the_same(
    run: Starter, softphone: WindowsSoftphone, folder: Path, damage: bytes
) -> None:
    run()
    (folder / "microsip.ini").write_bytes(damage)

    view, result = softphone.look(), softphone.set_dnd(True)

    assert (view.running, view.dnd, view.extension, view.trouble) == (True, False, "", None)
    assert view.detail.startswith(str(folder / "microsip.ini"))
    assert result.outcome is DndOutcome.APPLIED


def test_an_ini_that_is_locked_at_the_moment_costs_nothing(
    run: Starter, softphone: WindowsSoftphone, folder: Path
) -> None:
    standin = run()
    assert softphone.look().extension == "485"
    write_ini(folder / "microsip.ini", INI.replace("485", "486"))

    standin.lock_ini(1500)
    locked = softphone.look()

    assert (locked.extension, locked.detail) == ("485", "")
    eventually(lambda: softphone.look().extension == "486", "the lock is gone")


def test_looking_while_microsip_saves_never_shows_half_a_file(run: Starter, softphone: WindowsSoftphone) -> None:
    standin = run(version="3.20.5")  # saves at once, at each click
    views = []
    for _ in range(10):
        standin.click()
        views.append(softphone.look())

    assert {(view.extension, view.detail) for view in views} == {("485", "")}


# --- where there is nothing to see


NO_SCREEN = """
import win32service
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.windows.desktop import check_desktop

check_desktop()
win32service.CreateWindowStation("services have such a one", 0, 0x37F, None).SetProcessWindowStation()
try:
    check_desktop()
except UnusableSystem as error:
    print(error)
"""


def test_a_process_without_a_desktop_is_told_so() -> None:
    source = Path(__file__).parents[3] / "src"

    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(source)!r})\n{NO_SCREEN}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "start it in the session of the signed-in user" in done.stdout, done.stderr
