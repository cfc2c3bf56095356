"""A real server and a real agent are killed at random moments, again and again, while somebody makes calls.

The MicroSIP is the simulated one of `--simulate`, whose calls stand in a real ini. Here a thread writes that ini as
MicroSIP does: an entry when a call begins, again when it ends, from the first place on after the last one.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from microsip_manager.agent.simulated_calls import SimulatedCalls, simulated_ini
from microsip_manager.agent.spool import spool_path
from tests.fleet.processes import Running, free_port, wait_for

ROUNDS = int(os.environ.get("KILLINGS", "60"))
"""How often something is killed; `KILLINGS=200` takes four minutes."""

LONGEST_LIFE = 2.5
"""Seconds from one killing to the next at most: about twice what a start takes, so that some hit a start too."""

SEED = 20260302
NEAR_THE_END = 900
"""The place in the list where the calls begin, so that MicroSIP begins anew with the first place meanwhile."""


@dataclass
class Person:
    """Makes and gets calls until stopped. Each has a number of its own; `expected` tells what becomes of it."""

    calls: SimulatedCalls
    chance: random.Random
    expected: dict[str, str] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def live(self) -> None:
        while not self.stopped.is_set():
            self._one_call(f"8495{len(self.expected):07}")
            self._pause()

    def _one_call(self, number: str) -> None:
        kind = self.chance.choice(["outgoing", "incoming", "missed", "rejected_by_dnd"])
        self.expected[number] = kind
        if kind == "rejected_by_dnd":
            self.calls.reject(number, "Ольга; Ltd", "Do Not Disturb")
            return
        if kind == "outgoing":
            self.calls.dial(number, "Pavel")
        else:
            self.calls.ring(number)
        self._pause()
        if kind != "missed":
            self.calls.answer()
            self._pause()
        self.calls.hang_up()

    def _pause(self) -> None:
        time.sleep(self.chance.uniform(0.0, 0.25))


@dataclass
class Office:
    """A server and an agent that are started anew at the same ports as often as needed."""

    folder: Path
    server_port: int = field(default_factory=free_port)
    agent_port: int = field(default_factory=free_port)
    running: dict[str, Running] = field(default_factory=dict)

    def start(self, who: str) -> None:
        command = {
            "server": ["server/api_server.py"],
            "agent": ["client/api_client_stable.py", "--simulate"],
        }[who]
        env = {
            "SERVER_PORT": str(self.server_port),
            "DATABASE_URL": f"sqlite:///{self.folder}/manager.db",
            "API_SERVERS": f"http://127.0.0.1:{self.server_port}",
            "AGENT_PORT": str(self.agent_port),
            "AGENT_HOSTNAME": "NIKITA",
            "SPOOL_DIR": str(self.folder),
            "HEARTBEAT_INTERVAL": "1",
        }
        self.running[who] = Running.start([sys.executable, *command], self.folder / f"{who}.log", env)

    def kill(self, who: str) -> None:
        self.running[who].kill()

    def stored(self) -> list[dict[str, Any]]:
        """All calls the server has, by its pages."""
        found: list[dict[str, Any]] = []
        url: str | None = f"http://127.0.0.1:{self.server_port}/api/calls?limit=1000"
        while url:
            answer = requests.get(url, timeout=30)
            found += answer.json()
            following = answer.links.get("next", {}).get("url")
            url = following and f"http://127.0.0.1:{self.server_port}{following}"
        return found

    def waiting(self) -> int:
        """How many calls stand in the agent's spool."""
        with closing(sqlite3.connect(spool_path(self.folder, "NIKITA"))) as spool:
            count: int = spool.execute("SELECT count(*) FROM waiting").fetchone()[0]
        return count


@pytest.fixture
def person(tmp_path: Path) -> Person:
    ini = simulated_ini(tmp_path, "NIKITA")
    calls = SimulatedCalls(ini, "100")
    text = ini.read_bytes().replace(
        "callsLastKey=-1".encode("utf-16-le"), f"callsLastKey={NEAR_THE_END}".encode("utf-16-le")
    )
    ini.write_bytes(text)
    return Person(calls, random.Random(SEED))  # noqa: S311 - chance, not secrets


@pytest.mark.slow
def test_each_call_is_stored_exactly_once_whatever_is_killed_and_when(tmp_path: Path, person: Person) -> None:
    office, chance, kills = Office(tmp_path), random.Random(SEED), Counter[str]()  # noqa: S311 - the same
    began = time.monotonic()
    for who in ("server", "agent"):
        office.start(who)
    talking = threading.Thread(target=person.live)
    talking.start()
    try:
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(0.0, LONGEST_LIFE))  # not a wait for something: the moment is what is random
            victims = chance.choice([["agent"], ["server"], ["agent", "server"]])
            for who in victims:
                office.kill(who)
                kills[who] += 1
            for who in victims:
                office.start(who)
    finally:
        person.stopped.set()
        talking.join()
        survived = all(running.process.poll() is None for running in office.running.values())

    try:
        assert survived
        wait_for("the server answers", lambda: _answers(office), 60)
        wait_for("the spool is empty and all calls are stored", lambda: _all_is_stored(office, person), 120)
        stored = office.stored()
        print(
            f"\n{ROUNDS} rounds in {time.monotonic() - began:.0f} s (seed {SEED}): the agent was killed "
            f"{kills['agent']} times, the server {kills['server']} times; "
            f"{len(person.expected)} calls were made, {len(stored)} are stored"
        )
    finally:
        codes = [running.stop() for running in office.running.values()]

    assert Counter(call["number"] for call in stored) == dict.fromkeys(person.expected, 1)
    assert {call["number"]: call["direction"] for call in stored} == person.expected
    assert all(call["ended"] for call in stored)
    assert len(person.expected) > 1000 - NEAR_THE_END  # the list began anew
    assert codes == [0, 0]
    for who, running in office.running.items():
        assert "Traceback" not in running.said(), who


def _answers(office: Office) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{office.server_port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _all_is_stored(office: Office, person: Person) -> bool:
    stored = office.stored()
    return len(stored) >= len(person.expected) and all(call["ended"] for call in stored) and office.waiting() == 0
