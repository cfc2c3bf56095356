"""`run.py`, the one door."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).parent


def test_it_needs_nothing_but_the_standard_library() -> None:
    foreign = "[name for name, m in sys.modules.items() if 'site-packages' in str(getattr(m, '__file__', ''))]"
    code = f"import sys, run; print({foreign})"

    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_names_every_verb_and_an_example() -> None:
    done = subprocess.run([sys.executable, "run.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert all(f"  {verb} " in done.stdout for verb in run.VERBS)
    assert "example:" in done.stdout


def test_an_unknown_verb_is_refused() -> None:
    done = subprocess.run([sys.executable, "run.py", "dance"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "invalid choice: 'dance'" in done.stderr


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is installed, which is only noted here, into real environments of an empty checkout."""
    make, noted = run._quietly, list[str]()

    def make_without_pip(command: list[str], remedy: str) -> None:
        # Putting pip into an environment is most of the time that making one takes; nothing here would use it.
        make([*command, "--without-pip"], remedy)

    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "_quietly", make_without_pip)
    monkeypatch.setattr(run, "_install", lambda _, requirements: noted.append(requirements))
    (tmp_path / run.RUNNING).write_text("a==1\n")
    (tmp_path / run.DEVELOPING).write_text("-r requirements.txt\nb==1\n")
    return noted


def test_a_ready_environment_costs_next_to_nothing(installed: list[str]) -> None:
    python = run.environment(run.RUNNING)
    began = time.perf_counter()

    assert run.environment(run.RUNNING) == python

    assert time.perf_counter() - began < 0.1
    assert installed == [run.RUNNING]


def test_a_changed_lock_is_installed_anew_and_developing_is_enough_for_running(
    tmp_path: Path, installed: list[str]
) -> None:
    run.environment(run.DEVELOPING)
    run.environment(run.RUNNING)

    (tmp_path / run.RUNNING).write_text("a==2\n")
    run.environment(run.RUNNING)

    assert installed == [run.DEVELOPING, run.RUNNING]


def test_every_pinned_package_has_hashes_and_names_no_host() -> None:
    for name in (run.RUNNING, run.DEVELOPING, "requirements.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_both_requirement_files_say_what_the_lock_says() -> None:
    locked = run._blocks(ROOT / "requirements.lock")
    running = run._blocks(ROOT / run.RUNNING)
    developing = {name: block for name, block in run._blocks(ROOT / run.DEVELOPING).items() if name != "-r"}

    assert running.keys() | developing.keys() == locked.keys()
    assert all(locked[name].split()[0] == name for name in running)


def test_all_steps_run_after_a_failure_and_the_failure_shows(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []

    def step(name: str, code: int) -> int:
        ran.append(name)
        return code

    assert run.run_all({"one": lambda: step("one", 3), "two": lambda: step("two", 0)}) == 3
    assert ran == ["one", "two"]
    assert "FAILED" in capsys.readouterr().out


def test_another_python_in_an_environment_of_its_own_leaves_the_usual_one_alone(
    tmp_path: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv-3.99"))

    run.environment(run.RUNNING)

    assert installed == [run.RUNNING]
    assert not (tmp_path / ".venv").exists()
    assert (tmp_path / ".venv-3.99" / "pyvenv.cfg").exists()


WAITS = "import os, sys, time; [time.sleep(0.01) for _ in range(3000) if not os.path.exists(sys.argv[1])]"
"""For the other, which makes a sign; 30 s at most."""

SIGNS = "import sys; open(sys.argv[1], 'w').close(); print('the second'); sys.exit(3)"


def test_commands_run_side_by_side_and_each_shows_what_it_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sign = str(tmp_path / "sign")
    first = [sys.executable, "-c", f"{WAITS}; print('the first'); sys.exit(not os.path.exists(sys.argv[1]))", sign]

    third = [sys.executable, "-c", "print('the third')"]
    assert run.run_side_by_side({"one": first}, {"two": [sys.executable, "-c", SIGNS, sign], "three": third}) == 3

    said = capfd.readouterr().out
    assert said.index("the second") < said.index("the third")
    for words in ("the first", "ok after", "the second", "FAILED after"):
        assert words in said
