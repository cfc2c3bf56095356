"""`python run.py demo`: a real server and a dozen real agents, each with a simulated MicroSIP and people using it."""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_calls import SimulatedCalls, simulated_ini
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.settings import SERVER_PORT, TERMINAL_ONLY, AgentSettings
from microsip_manager.wire import paths
from microsip_manager.wire.phone_state import Registration

ROOT = Path(__file__).resolve().parents[2]

CAST = {
    "NIKITA": "485",
    "OLGA": "486",
    "PAVEL": "487",
    "ANNA": "488",
    "Иванов-ПК": "490",
    "Бухгалтерия 2": "491",
    "reception.office": "100",
    "SALES-01": "501",
    "SALES-02": "502",
    "SALES-03": "503",
    "SALES-04": "504",
    "LAPTOP-MARIA": "610",
}
NO_BUTTON, ELEVATED, HANGS = "SALES-03", "SALES-04", "LAPTOP-MARIA"
WRONG_PASSWORD, FORWARDS = "SALES-02", "reception.office"
CHANGE_EVERY = 4.0
"""Seconds between two things that happen in this office."""

START_PATIENCE = 30.0

GUIDE = """
MicroSIP Manager, demo: a server and {count} PCs with agents. The MicroSIPs are simulated; all the rest is real.

  look   http://127.0.0.1:{port}/        the panel
         http://127.0.0.1:{port}/docs    every request

  try    curl http://127.0.0.1:{port}/api/clients
         curl -X POST "http://127.0.0.1:{port}/api/clients/NIKITA/set_dnd?enabled=true"
         curl http://127.0.0.1:{port}/api/clients/NIKITA/status
         curl http://127.0.0.1:{port}{cyrillic}
         curl "http://127.0.0.1:{port}/api/calls?limit=5"
         curl http://127.0.0.1:{port}/api/clients/{wrong_password}       why it does not ring there

  and what can go wrong:
         curl -X POST "http://127.0.0.1:{port}/api/clients/{no_button}/set_dnd?enabled=true"       no DND button
         curl -X POST "http://127.0.0.1:{port}/api/clients/{elevated}/set_dnd?enabled=true"       runs elevated
         curl -X POST "http://127.0.0.1:{port}/api/clients/{hangs}/set_dnd?enabled=true"   hangs

Ctrl-C ends it. What happens in this office, as the server sees it:
"""


def main(argv: list[str] | None = None) -> int:
    """Run until Ctrl-C. Exit code 2 when the server can't start."""
    parser = argparse.ArgumentParser(
        prog="run.py demo",
        description="A server and a dozen simulated PCs, to look at and to try things on.",
        epilog="example:\n  python run.py demo\n  SERVER_PORT=9083 python run.py demo     (when port 8083 is taken)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(argv)
    logging.basicConfig(level="ERROR", format="%(levelname)s %(message)s")
    try:
        port = SERVER_PORT.read(os.environ.get(SERVER_PORT.name, SERVER_PORT.default))
    except ValueError:
        print(f"run.py demo: SERVER_PORT is not {SERVER_PORT.expected}", file=sys.stderr)
        return 2
    end = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _signal, _frame: end.set())
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="microsip-manager-demo-"))
        server = stack.enter_context(started_server(port, Path(folder)))
        if not answers_soon(server, port, end):
            return 2 if server.poll() is not None else 0
        phones = stack.enter_context(office(f"http://127.0.0.1:{port}", Path(folder)))
        print(guide(port), flush=True)
        live(phones, random.Random(), end.wait)  # noqa: S311 - chance, not secrets
        print("\nthe demo ends", flush=True)
    return 0


def guide(port: int) -> str:
    cyrillic = paths.client("Иванов-ПК")
    return GUIDE.format(
        port=port,
        count=len(CAST),
        cyrillic=cyrillic,
        no_button=NO_BUTTON,
        elevated=ELEVATED,
        hangs=HANGS,
        wrong_password=WRONG_PASSWORD,
    )


@contextmanager
def started_server(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real server as a process of its own, which keeps its data in `folder`."""
    env = {
        **os.environ,
        "SERVER_PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/demo.db",
        "LOG_FILE": TERMINAL_ONLY,  # the demo leaves nothing behind
    }
    # In a session of its own, Ctrl-C in this terminal reaches only the demo, which then ends the server once.
    server = subprocess.Popen(  # noqa: S603 - our own launcher
        [sys.executable, str(ROOT / "server" / "api_server.py")], env=env, start_new_session=True
    )
    try:
        yield server
    finally:
        server.terminate()
        server.wait(START_PATIENCE)


def answers_soon(server: subprocess.Popen[bytes], port: int, end: threading.Event) -> bool:
    """True as soon as the server answers; False when it ended or the demo is to end."""
    direct = build_opener(ProxyHandler({}))
    for _ in range(int(START_PATIENCE / 0.1)):
        if server.poll() is not None or end.wait(0.1):
            return False
        try:
            direct.open(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except (OSError, HTTPException):
            continue
        return server.poll() is None
    return False


@contextmanager
def office(server: str, folder: Path) -> Iterator[Mapping[str, SimulatedPhone]]:
    """A running agent for everybody, and the phones beside them; what they keep is in `folder`."""
    phones = {
        hostname: SimulatedPhone(extension, calls=SimulatedCalls(simulated_ini(folder, hostname), extension))
        for hostname, extension in CAST.items()
    }
    phones[NO_BUTTON].deny("")
    phones[ELEVATED].elevate()
    phones[HANGS].freeze()
    phones[WRONG_PASSWORD].register(Registration.WRONG_PASSWORD)
    phones[FORWARDS].forward()
    agents = []
    try:
        for hostname, phone in phones.items():
            settings = AgentSettings(
                log_level="ERROR",
                log_file="",
                heartbeat_interval=7.0,
                api_timeout=10.0,
                api_servers=(server,),
                return_after=60.0,
                agent_port=0,
                agent_hostname=hostname,
                microsip_class="MicroSIP",
                spool_dir=str(folder),
            )
            agents.append(
                RunningAgent(settings, phone, screen=SimulatedScreen(), simulated=True, addresses=["127.0.0.1"])
            )
        yield phones
    finally:
        for agent in agents:
            agent.ask_to_stop()
        for agent in agents:
            agent.stop()


def live(phones: Mapping[str, SimulatedPhone], chance: random.Random, wait: Callable[[float], bool]) -> None:
    """Let people come, go, click DND and call each other until `wait` says that it is over."""
    people = [name for name in phones if name not in (NO_BUTTON, ELEVATED, HANGS, "NIKITA")]
    gone: list[str] = []
    talking: tuple[str, str] | None = None
    while not wait(CHANGE_EVERY):
        if talking:
            hang_up(phones, *talking)
            talking = None
        elif chance.random() < 0.4:
            talking = call(phones, *chance.sample(people, 2))
        elif gone and chance.random() < 0.3:
            phones[gone.pop(0)].open()
        elif len(gone) < 2 and chance.random() < 0.2:
            gone.append(chance.choice([name for name in people if name not in gone]))
            phones[gone[-1]].close()
        else:
            phones[chance.choice(people)].click_by_hand()


def call(phones: Mapping[str, SimulatedPhone], caller: str, called: str) -> tuple[str, str]:
    """One of them calls the other, who answers unless MicroSIP is closed or in DND; returns who they are."""
    phones[caller].dial(CAST[called], called)
    if phones[called].ring(CAST[caller], caller):
        phones[caller].answer()
        phones[called].answer()
    return caller, called


def hang_up(phones: Mapping[str, SimulatedPhone], caller: str, called: str) -> None:
    for name in (caller, called):
        phones[name].hang_up()


if __name__ == "__main__":
    sys.exit(main())
