"""The servers under measurement: each a process of its own, ended by its pid whatever happens here."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import CannotMeasure
from benchmarks.machine import pin

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 10.0

FIRST_PORT, FIRST_OUTGOING_PORT = 20_000, 32_768
"""Linux takes the ports of outgoing connections from the second one upwards."""


@dataclass(frozen=True)
class Server:
    pid: int
    port: int
    database: Path

    def get(self, path: str) -> http.client.HTTPResponse:
        """The answer, its body still unread; the connection closes with it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse()


NOBODY_FALLS_SILENT = 3600.0
"""An interval of heartbeats with which nobody does while the other server has its turn."""


@contextmanager
def our_server(
    folder: Path, core: int | None, *, interval: float = NOBODY_FALLS_SILENT, port: int = 0
) -> Iterator[Server]:
    """This product, as an administrator starts it: protected mode and every check on.

    A second one in the same folder goes on with the database of the first.
    """
    command = ["server/api_server.py"]
    with _running("this-server", command, "/healthz", folder, core, interval, port) as server:
        yield server


@contextmanager
def bare_server(folder: Path, core: int | None, rows: Path | None = None) -> Iterator[Server]:
    command = ["-m", "benchmarks.bare_server", *([str(rows)] if rows else [])]
    # Our server knows no such path, so an answer shows that the bare application took its place.
    with _running("bare-asgi", command, "/only-the-bare-one-answers-this", folder, core) as server:
        yield server


@contextmanager
def _running(
    name: str,
    command: list[str],
    ready: str,
    folder: Path,
    core: int | None,
    interval: float = NOBODY_FALLS_SILENT,
    port: int = 0,
) -> Iterator[Server]:
    log, port, database = folder / f"{name}.log", port or free_port(), folder / f"{name}.db"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *command],
            cwd=ROOT,
            env=_environment(port, database, interval),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the benchmark, which then ends the servers in order
        )
    try:
        pin(process.pid, core)
        server = Server(process.pid, port, database)
        _wait_until_ready(server, ready, process, log)
        yield server
    finally:
        _end(process)


def _environment(port: int, database: Path, interval: float) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "SERVER_PORT": str(port),
        "DATABASE_URL": f"sqlite:///{database}",
        "OPEN_NETWORK": "0",
        # One line for each of 10,000 new clients would be the log's cost, not the heartbeat's.
        "LOG_LEVEL": "WARNING",
        "HEARTBEAT_INTERVAL": f"{interval:g}",
    }


def free_port() -> int:
    """A port at which nobody listens, and that the system does not give to an outgoing connection meanwhile."""
    for _ in range(100):
        port = FIRST_PORT + secrets.randbelow(FIRST_OUTGOING_PORT - FIRST_PORT)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise CannotMeasure(f"no port is free between {FIRST_PORT} and {FIRST_OUTGOING_PORT}")


def _wait_until_ready(server: Server, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            status = server.get(path).status
        except OSError:
            time.sleep(0.05)
            continue
        if status != 200:
            raise CannotMeasure(f"{log.stem} answers {status} to GET {path}")
        return
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise CannotMeasure(f"{log.stem} did not start:\n{said}")


def wait_until(look: Callable[[], bool], what: str) -> None:
    """Return once `look` is true; raises `CannotMeasure` when that does not happen."""
    deadline = time.monotonic() + START_SECONDS
    while not look():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"not within {START_SECONDS:g} s: {what}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
