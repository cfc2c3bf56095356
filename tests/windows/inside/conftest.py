"""These tests make real Win32 calls; they are run by Windows Python, in the testbed of tests/windows/testbed.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.windows.standin.handle import StandIn

# pytest on Linux meets this folder, too, and there is nothing for it here.
collect_ignore_glob = [] if sys.platform == "win32" else ["test_*.py"]


def standin_copy(folder: Path, name: str = "MicroSIP.exe", version: str = "3.22.3") -> Path:
    """A copy of the compiled stand-in under this name."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(Path(os.environ["MICROSIP_STANDINS"], f"{version}.exe"), folder / name))


class StartStandIn(Protocol):
    """Start a stand-in in `folder` (without one: in a new one of its own); it is ended after the test."""

    def __call__(
        self,
        *arguments: str,
        version: str = "3.22.3",
        folder: Path | None = None,
        name: str = "MicroSIP.exe",
        ini: str | None = None,
        env: dict[str, str] | None = None,
    ) -> StandIn: ...


@pytest.fixture
def start_standin(tmp_path: Path) -> Iterator[StartStandIn]:
    started: list[StandIn] = []

    def start(
        *arguments: str,
        version: str = "3.22.3",
        folder: Path | None = None,
        name: str = "MicroSIP.exe",
        ini: str | None = None,
        env: dict[str, str] | None = None,
    ) -> StandIn:
        folder = folder or tmp_path / f"copy{len(started)}"
        exe = folder / name
        if not exe.exists():
            standin_copy(folder, name, version)
        if ini is not None:
            exe.with_suffix(".ini").write_text(ini, encoding="utf-16", newline="\r\n")
        environment = {**os.environ, "STANDIN_CLOSE_MS": "50", **(env or {})}
        standin = StandIn.start([str(exe), *arguments], env=environment, cwd=folder)
        started.append(standin)
        return standin

    yield start
    for standin in started:
        if standin.process.poll() is None:
            standin.kill()


@pytest.fixture
def standin(start_standin: StartStandIn) -> StandIn:
    """A freshly started MicroSIP 3.22.3 without an account, DND off."""
    return start_standin()


def run_to_its_end(exe: Path, *arguments: str) -> int:
    """A start of the exe that ends by itself, as a second start does; its exit code."""
    return subprocess.run([str(exe), *arguments], timeout=30, check=False, cwd=exe.parent).returncode
