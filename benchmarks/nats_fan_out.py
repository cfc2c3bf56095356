"""The same fan-out by a real NATS server, if this machine has one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.errors import CannotMeasure
from benchmarks.machine import Cores, pin
from benchmarks.servers import ROOT, free_port

START_SECONDS = 30.0


class NatsFanOut:
    """One that asks, so many that answer, and the server between them, which is running."""

    def __init__(self, asker: subprocess.Popen[str]) -> None:
        self._asker = asker

    def seconds(self) -> float:
        """Ask all of them once; how long until the last has answered."""
        assert self._asker.stdin is not None
        assert self._asker.stdout is not None
        print(file=self._asker.stdin, flush=True)
        return float(self._asker.stdout.readline())


@contextmanager
def nats_fan_out(count: int, cores: Cores, folder: Path) -> Iterator[NatsFanOut]:
    """Raises `CannotMeasure` where there is no nats-server."""
    program = shutil.which("nats-server")
    if program is None:
        raise CannotMeasure("there is no nats-server on this machine (Debian: nats-server)")
    port = free_port()
    with ExitStack() as stack:
        # It runs on both cores: it has threads for that, and the comparison should not cost it any.
        server = subprocess.Popen([program, "-a", "127.0.0.1", "-p", str(port), "-l", str(folder / "nats.log")])  # noqa: S603 - found on the PATH
        stack.callback(_end, server)
        _wait_for(port)
        for word, core in (("respond", cores.load), ("ask", cores.server)):
            peer = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "benchmarks.nats_peers", word, str(port), str(count)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(_end, peer)
            pin(peer.pid, core)
            if peer.stdout is None or peer.stdout.readline() != "ready\n":
                raise CannotMeasure(f"NATS: those that {word} did not start")
        yield NatsFanOut(peer)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise CannotMeasure("nats-server did not start") from None
            time.sleep(0.05)
        else:
            return


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
