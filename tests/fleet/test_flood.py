"""One bad agent does its worst, and nobody else notices.

So that it is fair on two cores: the server has one for itself, as on a machine of its own, and the attacker, which is
another machine, shares the other one with the honest agents, who go before it. Server and honest agents are scheduled
as real-time processes, so whatever else runs here waits for them; without that the figures would be of the machine. The
attacker comes from a network of its own, for the server's own machine is not bound by what one address may do.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from microsip_manager.server.identity.digests import new_secret
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX
from tests.fleet.namespaces import SERVER, SERVER_TO_ADMIN, Networks
from tests.fleet.processes import ROOT, Server, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.alone]

LONGEST = 100.0
"""Milliseconds that 99 of 100 heartbeats of the others stay below."""

FOR = 2.0
"""Seconds of each attack."""

BY_HTTP, BY_LINK = 30, 10
"""Honest agents."""

MOST_MEMORY = 50.0
"""Megabytes by which the server may grow; without limits for links it grows by more."""

ATTACKS = (
    "silence",
    "requests",
    "wrong requests",
    "rush",
    "wrong rush",
    "strangers",
    "garbage",
    "frames",
    "beats",
    "reports",
    "pings",
)
"""The verbs of `attacker.py`; "wrong" ones with a key that the server does not know."""

BEFORE_OTHERS = ("chrt", "--rr", "1")


class Office:
    """A server with accounts, whose agents have keys."""

    def __init__(self, server: Server) -> None:
        self.server = server
        made = requests.post(f"{server.url}/api/tokens", json={"name": "anna", "role": "admin"}, timeout=30)
        self.shown = {"Authorization": f"Bearer {made.json()['token']}"}
        answer = requests.post(
            f"{server.url}/api/join-tokens", json={"name": "all", "uses": 100}, headers=self.shown, timeout=30
        )
        self._join_token = answer.json()["join_token"]

    def enrol(self, hostname: str) -> str:
        key = new_secret(AGENT_KEY_PREFIX)
        wish = {"hostname": hostname, "session_user": "", "key": key, "join_token": self._join_token}
        answer = requests.post(f"{self.server.url}/api/agents/enrol", json=wish, timeout=30)
        assert answer.status_code == 200, answer.text
        return key

    def not_online(self) -> list[str]:
        clients = requests.get(f"{self.server.url}/api/clients", headers=self.shown, timeout=30).json()
        return [one["hostname"] for one in clients if one["status"] != "online" and one["hostname"] != "BAD"]

    def gone_offline(self) -> set[str]:
        """Who has ever been shown so."""
        return set(re.findall(r"(\S+): \w+ -> offline", self.server.running.said()))

    def memory(self) -> int:
        status = Path(f"/proc/{self.server_id}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) * 1024

    @property
    def server_id(self) -> int:
        """`ip netns exec`, `taskset` and `chrt` become what they start."""
        return self.server.running.process.pid


@pytest.fixture
def cores() -> tuple[str, str]:
    """One for the server, and one for all others; the same where there is but one."""
    there = sorted(os.sched_getaffinity(0))
    return str(there[0]), str(there[-1])


@pytest.fixture
def office(nets: Networks, tmp_path: Path, cores: tuple[str, str]) -> Iterator[Office]:
    server = Server.start(
        tmp_path,
        host=SERVER_TO_ADMIN,
        inside=[*nets.server.inside, "taskset", "-c", cores[0], *BEFORE_OTHERS],
        OPEN_NETWORK="1",
        ALLOW_PLAINTEXT="1",
        HEARTBEAT_INTERVAL="1",
    )
    yield Office(server)
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said()


class Honest:
    """The honest agents."""

    def __init__(self, office: Office, core: str) -> None:
        names = [(f"PC-{number:02}", number >= BY_HTTP) for number in range(BY_HTTP + BY_LINK)]
        agents = [{"name": name, "key": office.enrol(name), "linked": linked} for name, linked in names]
        command = ["taskset", "-c", core, *BEFORE_OTHERS, sys.executable, "-m", "tests.fleet.flood.honest"]
        self._process = started(command)
        self._say({"host": office.server.host, "port": office.server.port, "agents": agents})

    def measured(self) -> dict[str, Any]:
        """Of the time since this was asked last."""
        self._say({})
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def end(self) -> None:
        self._process.communicate(timeout=30)

    def _say(self, said: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()


def started(command: list[str]) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def attacked(nets: Networks, core: str, *what: str) -> Iterator[dict[str, float]]:
    """What it did is known in the end."""
    command = [*nets.agent.inside, "taskset", "-c", core, sys.executable, "-m", "tests.fleet.flood.attacker", SERVER]
    process, did = started([*command, *what]), dict[str, float]()
    try:
        yield did
    finally:
        said, _ = process.communicate("\n", timeout=30)
        did.update(json.loads(said))


class Figures:
    """What the heartbeats of others took during one attack, in milliseconds."""

    def __init__(self, attack: str, did: dict[str, float], found: dict[str, Any], grown: int) -> None:
        self.attack = attack
        self.done = did.get("a second", 0.0)
        self.count = sum(len(one["seconds"]) for one in found.values())
        self.p99 = {way: 1000 * p99(one["seconds"]) for way, one in found.items()}
        self.failed = [why for one in found.values() for why in one["why"]]
        self.grown = grown / 1e6

    def __str__(self) -> str:
        quick = ", ".join(f"{way} {figure:.1f} ms" for way, figure in self.p99.items())
        return f"{self.attack:15} {self.done:8.0f} a second; p99 of {self.count}: {quick}; {self.grown:+.1f} MB"

    @property
    def held(self) -> bool:
        return self.count > 100 and max(self.p99.values()) < LONGEST and not self.failed and self.grown < MOST_MEMORY


def p99(seconds: list[float]) -> float:
    return seconds[int(len(seconds) * 0.99)]


def test_the_heartbeats_of_others_stay_quick_whatever_one_bad_agent_does(
    nets: Networks, office: Office, cores: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    key, others, before = office.enrol("BAD"), Honest(office, cores[1]), office.memory()
    wait_for("all are online", lambda: not office.not_online())

    figures = []
    for name in ("nothing", *ATTACKS):
        wrong, _, attack = name.rpartition(" ")
        shown = new_secret(AGENT_KEY_PREFIX) if wrong else key
        with attacked(nets, cores[1], str(office.server.port), attack, shown, "BAD") as did:
            others.measured()
            time.sleep(FOR)
            found = others.measured()
        figures.append(Figures(name, did, found, office.memory() - before))
    with capsys.disabled():
        print("", *figures, sep="\n  ")

    assert [str(one) for one in figures if not one.held] == []
    assert office.not_online() == []
    assert office.gone_offline() == {"BAD"}
    others.end()
