"""Telephone commands by the agent's hands to a real Win32 program that takes them as MicroSIP does."""

from __future__ import annotations

import contextlib
import threading
import winreg
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import win32api
import win32con
import win32event
import win32gui
import win32process

from microsip_manager.agent.boundaries import TelephoneResult
from microsip_manager.agent.windows.softphone import WindowsSoftphone
from microsip_manager.clock import SystemClock
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome
from tests.windows.inside.conftest import StartStandIn, standin_copy
from tests.windows.inside.phones import INI, write_ini
from tests.windows.inside.refusing_sender import send_or_refuse
from tests.windows.inside.test_standin_is_faithful import wait_until
from tests.windows.standin.handle import StandIn

DIAL = TelephoneCommand(TelephoneAction.DIAL, number="101")
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


@pytest.fixture
def softphone() -> WindowsSoftphone:
    """Under Wine every program runs as administrator, so here that is no reason not to start one."""
    return WindowsSoftphone(SystemClock(), send=send_or_refuse, elevated=lambda: False)


@pytest.fixture
def standin(start_standin: StartStandIn) -> StandIn:
    """A registered MicroSIP 3.22.3."""
    return start_standin(ini=INI)


def tell(softphone: WindowsSoftphone, action: str, **more: str) -> TelephoneOutcome:
    return softphone.telephone(TelephoneCommand(TelephoneAction(action), **more)).outcome


def calls_become(standin: StandIn, calls: str) -> None:
    wait_until(lambda: standin.state().calls == calls)


# --- what it does


def test_a_call_is_dialled_held_muted_given_tones_and_hung_up(softphone: WindowsSoftphone, standin: StandIn) -> None:
    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN
    calls_become(standin, "101 out calling")
    standin.remote_answers()

    assert tell(softphone, "hold") is TelephoneOutcome.TAKEN
    calls_become(standin, "101 out on hold")
    assert tell(softphone, "hold") is TelephoneOutcome.TAKEN
    calls_become(standin, "101 out talking")
    assert tell(softphone, "dtmf", digits="1#") is TelephoneOutcome.TAKEN
    wait_until(lambda: standin.state().tones == "1#")
    assert tell(softphone, "mute") is TelephoneOutcome.TAKEN
    wait_until(lambda: standin.state().muted)
    assert tell(softphone, "unmute") is TelephoneOutcome.TAKEN
    wait_until(lambda: not standin.state().muted)
    assert tell(softphone, "hang_up") is TelephoneOutcome.TAKEN
    calls_become(standin, "")
    assert standin.state().dialled_count == 1


def test_a_ringing_call_is_answered_and_transferred(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.ring("486")
    calls_become(standin, "486 in ringing")

    assert tell(softphone, "answer") is TelephoneOutcome.TAKEN
    calls_become(standin, "486 in talking")
    assert tell(softphone, "transfer", number="102") is TelephoneOutcome.TAKEN

    calls_become(standin, "")
    assert standin.state().last_command == "/transfer:102"


def test_an_error_box_does_not_hold_up_the_agent(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.modal_on_copydata()

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN

    wait_until(lambda: not win32gui.IsWindowEnabled(standin.state().main))
    standin.modal_close()


def test_with_several_the_first_one_is_told(
    softphone: WindowsSoftphone, start_standin: StartStandIn, tmp_path: Path
) -> None:
    second, first = start_standin(folder=tmp_path / "b", ini=INI), start_standin(folder=tmp_path / "a", ini=INI)

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN

    calls_become(first, "101 out calling")
    assert second.state().copydata_count == 0


# --- what it refuses


def refused(softphone: WindowsSoftphone, standin: StandIn) -> TelephoneResult:
    """What becomes of dialling, of which MicroSIP must hear nothing."""
    before = standin.state()
    result = softphone.telephone(DIAL)
    after = standin.state()
    assert (after.copydata_count, after.pending_dial) == (before.copydata_count, "")
    return result


@pytest.mark.parametrize(
    "registration", ["connecting", "idle", "incorrect_password", "connection_failed", "offline", "local", "other Busy"]
)
def test_nothing_is_dialled_while_it_is_not_registered(
    softphone: WindowsSoftphone, standin: StandIn, registration: str
) -> None:
    standin.registration(registration)

    assert refused(softphone, standin).outcome is TelephoneOutcome.NOT_REGISTERED


@pytest.mark.parametrize("registration", ["online", "away", "call_forwarding"])
def test_every_sign_of_registration_will_do(softphone: WindowsSoftphone, standin: StandIn, registration: str) -> None:
    standin.registration(registration)

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN


def test_dnd_does_not_hide_the_registration(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.click()

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN


def test_another_language_is_read_by_the_file_beside_the_program(
    softphone: WindowsSoftphone, start_standin: StartStandIn, tmp_path: Path
) -> None:
    (tmp_path / "langpack_russian.txt").write_text("; utf8\n\n[Online]\nВ сети\n", encoding="utf-8")
    start_standin(folder=tmp_path, ini=INI, env={"STANDIN_LANGUAGE": "ru"})

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN


def test_words_that_are_not_known_are_no_registration(softphone: WindowsSoftphone, start_standin: StartStandIn) -> None:
    unknown = refused(softphone, start_standin(ini=INI, env={"STANDIN_LANGUAGE": "ru"}))

    assert (unknown.outcome, "В сети" in unknown.detail) == (TelephoneOutcome.NOT_REGISTERED, True)


@pytest.mark.parametrize("arrange", [lambda phone: phone.dial("486"), lambda phone: phone.ring("486")])
def test_nothing_is_dialled_in_the_one_call_that_is_allowed(
    softphone: WindowsSoftphone, standin: StandIn, arrange: Callable[[StandIn], None]
) -> None:
    arrange(standin)
    wait_until(lambda: standin.state().calls != "")

    assert refused(softphone, standin).outcome is TelephoneOutcome.IN_CALL


def test_a_second_call_is_dialled_where_several_are_allowed(
    softphone: WindowsSoftphone, start_standin: StartStandIn
) -> None:
    standin = start_standin(ini=INI.replace("DND=0", "DND=0\nsingleMode=0"))
    standin.dial("486")
    standin.remote_answers()

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.TAKEN

    calls_become(standin, "486 out talking; 101 out calling")


@pytest.mark.parametrize(
    ("version", "action", "outcome"),
    [
        ("3.14", "answer", TelephoneOutcome.UNSUPPORTED),
        ("3.14", "hang_up", TelephoneOutcome.TAKEN),
        ("3.20.5", "mute", TelephoneOutcome.UNSUPPORTED),
        ("3.20.5", "answer", TelephoneOutcome.TAKEN),
        ("3.21.6", "unmute", TelephoneOutcome.TAKEN),
    ],
)
def test_a_version_hears_only_what_it_understands(
    softphone: WindowsSoftphone, start_standin: StartStandIn, version: str, action: str, outcome: TelephoneOutcome
) -> None:
    standin = start_standin(version=version, ini=INI)

    assert tell(softphone, action) is outcome

    assert standin.state().copydata_count == (outcome is TelephoneOutcome.TAKEN)
    assert standin.state().dialled_count == 0


def test_a_stopped_engine_is_told_apart_from_a_taken_command(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.engine(False)

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.NOT_READY
    assert tell(softphone, "answer") is TelephoneOutcome.NOT_READY


@pytest.mark.parametrize("action", ["hang_up", "close"])
def test_an_elevated_one_is_denied(softphone: WindowsSoftphone, standin: StandIn, action: str) -> None:
    standin.refuse()

    assert tell(softphone, action) is TelephoneOutcome.DENIED
    assert standin.state().copydata_count == 0
    assert standin.process.poll() is None


def test_without_one_there_is_nothing_to_command(softphone: WindowsSoftphone) -> None:
    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.NOT_RUNNING
    assert tell(softphone, "close") is TelephoneOutcome.ALREADY


# --- a hung one


def test_a_number_is_not_sent_to_a_hung_one(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.hang(4)

    assert softphone.telephone(DIAL).outcome is TelephoneOutcome.HUNG

    wait_until(lambda: not standin.state().frozen)
    assert standin.state().copydata_count == 0


def test_a_command_a_hung_one_got_is_carried_out_late_and_once(softphone: WindowsSoftphone, standin: StandIn) -> None:
    standin.hang(4)

    assert tell(softphone, "hold") is TelephoneOutcome.HUNG

    wait_until(lambda: not standin.state().frozen)
    wait_until(lambda: standin.state().understood == "hold")
    assert standin.state().copydata_count == 1


def test_commands_that_come_together_are_sent_one_after_the_other(
    softphone: WindowsSoftphone, standin: StandIn
) -> None:
    threads = [threading.Thread(target=tell, args=(softphone, "hold")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    wait_until(lambda: standin.state().copydata_count == 4)


# --- starting and closing


def process_at(program: Path) -> int:
    """The process of the main window that belongs to this program file; 0 when there is none."""
    found = [0]

    def look(window: int, _: object) -> bool:
        if win32gui.GetClassName(window) == "MicroSIP":
            _, pid = win32process.GetWindowThreadProcessId(window)
            handle: Any = win32api.OpenProcess(
                win32con.PROCESS_QUERY_INFORMATION | win32con.PROCESS_VM_READ, False, pid
            )
            if win32process.GetModuleFileNameEx(handle, 0).lower() == str(program).lower():
                found[0] = pid
            handle.Close()
        return True

    win32gui.EnumWindows(look, None)
    return found[0]


@contextlib.contextmanager
def ended_afterwards(program: Path) -> Iterator[None]:
    """Ends what was started from this file."""
    try:
        yield
    finally:
        if pid := process_at(program):
            handle: Any = win32api.OpenProcess(win32con.PROCESS_TERMINATE | win32con.SYNCHRONIZE, False, pid)
            win32api.TerminateProcess(handle, 1)
            win32event.WaitForSingleObject(handle, 10_000)
            handle.Close()


def test_the_one_that_ran_last_is_closed_and_started_again_with_its_window_hidden(
    softphone: WindowsSoftphone, start_standin: StartStandIn, tmp_path: Path
) -> None:
    standin = start_standin(folder=tmp_path / "My Phone", name="phone2.exe", ini=INI)
    program = tmp_path / "My Phone" / "phone2.exe"

    with ended_afterwards(program):
        assert tell(softphone, "start") is TelephoneOutcome.ALREADY
        assert tell(softphone, "close") is TelephoneOutcome.DONE
        assert standin.wait() == 0
        assert tell(softphone, "start") is TelephoneOutcome.DONE

        assert process_at(program) not in (0, standin.process.pid)
        [window] = [main for main in _mains() if win32process.GetWindowThreadProcessId(main)[1] == process_at(program)]
        assert not win32gui.IsWindowVisible(window)
        assert softphone.look().extension == "485"


def _mains() -> list[int]:
    found: list[int] = []
    last = 0
    while last := win32gui.FindWindowEx(0, last, "MicroSIP", None):
        found.append(last)
    return found


@contextlib.contextmanager
def registry(path: str, name: str, value: str) -> Iterator[None]:
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, path) as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)
    yield
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_WRITE) as key:
        winreg.DeleteValue(key, name)


@pytest.mark.parametrize("where", ["installed", "with Windows"])
def test_one_that_never_ran_is_found_in_the_registry(
    softphone: WindowsSoftphone, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    program = standin_copy(tmp_path / "Program")
    write_ini(program.with_suffix(".ini"))
    place = (
        registry(r"Software\MicroSIP", "", str(program.parent))
        if where == "installed"
        else registry(RUN_KEY, "MicroSIP", f'"{program}" /minimized')
    )

    with place, ended_afterwards(program):
        assert tell(softphone, "start") is TelephoneOutcome.DONE

        assert process_at(program)


def test_without_a_trace_of_one_nothing_is_started(softphone: WindowsSoftphone) -> None:
    result = softphone.telephone(TelephoneCommand(TelephoneAction.START))

    assert result == TelephoneResult(TelephoneOutcome.NOT_STARTED, "It is not known where MicroSIP lies on this PC")


def test_a_file_that_is_no_program_is_not_started(softphone: WindowsSoftphone, tmp_path: Path) -> None:
    fake = tmp_path / "MicroSIP.exe"
    fake.write_text("no program")

    with registry(RUN_KEY, "MicroSIP", f'"{fake}" /minimized'):
        result = softphone.telephone(TelephoneCommand(TelephoneAction.START))

    assert (result.outcome, str(fake) in result.detail) == (TelephoneOutcome.NOT_STARTED, True)


def test_an_elevated_agent_starts_none(tmp_path: Path) -> None:
    softphone = WindowsSoftphone(SystemClock(), elevated=lambda: True)
    program = standin_copy(tmp_path / "Program")

    with registry(RUN_KEY, "MicroSIP", f'"{program}" /minimized'):
        assert tell(softphone, "start") is TelephoneOutcome.DENIED

    assert process_at(program) == 0


def test_one_that_takes_its_time_to_end_is_waited_for(softphone: WindowsSoftphone, start_standin: StartStandIn) -> None:
    standin = start_standin(ini=INI, env={"STANDIN_CLOSE_MS": "2000"})

    assert tell(softphone, "close") is TelephoneOutcome.DONE
    assert standin.process.poll() == 0
    standin.wait()
