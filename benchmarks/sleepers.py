"""The agents under measurement, asleep: one on Linux, and one in Windows Python under Wine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.errors import CannotMeasure
from benchmarks.servers import ROOT, free_port


@dataclass(frozen=True)
class Sleeper:
    pid: int
    port: int
    open_microsip: Callable[[], None]
    close_microsip: Callable[[], None]


@contextmanager
def on_linux(server: str, folder: Path) -> Iterator[Sleeper]:
    """Everything of the agent but the real MicroSIP."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        **_settings(server, free_port(), str(folder / "spool-linux")),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sleeping_agent"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    tell: IO[str] = process.stdin

    def say(word: str) -> None:
        tell.write(f"{word}\n")
        tell.flush()

    try:
        port = process.stdout.readline()
        if not port:
            raise CannotMeasure("the agent did not start")
        yield Sleeper(process.pid, int(port), lambda: say("open"), lambda: say("close"))
    finally:
        tell.close()
        process.wait(10)
        process.stdout.close()


@contextmanager
def under_wine(server: str, folder: Path) -> Iterator[Sleeper]:
    """The agent as on a PC, beside the stand-in for MicroSIP; raises `CannotMeasure` where Wine is missing."""
    # The testbed belongs to the tests, and only this benchmark needs it.
    from tests.fleet.wine import start_microsip
    from tests.windows.testbed import TestbedError, WineTestbed

    port = free_port()
    try:
        with WineTestbed() as testbed:
            launcher = testbed.windows_path(ROOT / "client" / "api_client_stable.py")
            process = testbed.popen(
                [*testbed.python, launcher],
                env=_settings(server, port, testbed.windows_path(folder / "spool-wine")),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
            )
            opened = []
            try:
                if not any(re.search(r"listens on port", line) for line in process.stdout or ()):
                    raise CannotMeasure("the agent did not start under Wine")
                yield Sleeper(
                    process.pid,
                    port,
                    lambda: opened.append(start_microsip(testbed, folder / "MicroSIP")),
                    lambda: opened.pop().close(),
                )
            finally:
                for microsip in opened:
                    microsip.close()
                process.kill()
                process.wait(10)
    except TestbedError as error:
        raise CannotMeasure(str(error)) from None


def _settings(server: str, port: int, spool: str) -> dict[str, str]:
    return {
        "AGENT_HOSTNAME": "SLEEPER",
        "AGENT_PORT": str(port),
        "API_SERVERS": server,
        "LOG_LEVEL": "INFO",
        "SPOOL_DIR": spool,
    }
