"""Several servers: killed and revived in turn, under one agent and under two hundred."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from microsip_manager.agent.heartbeat_loop import JITTER
from microsip_manager.agent.server_choice import SPREAD, pace_of
from tests.fleet.crowd import Connects, Crowd, LinkedCrowd
from tests.fleet.processes import Server, SimulatedAgent, wait_for

pytestmark = pytest.mark.slow

BEAT = 1.0
"""Seconds between two heartbeats."""

THREE_BEATS = 3 * BEAT * (1 + JITTER)
RETURN_AFTER = 6.0
AGENTS = 200
PACE = pace_of(BEAT, RETURN_AFTER)

SLACK = 0.5
"""Seconds for asking the server on a busy machine."""


class ThreeServers:
    """In order of preference; each keeps its port and its database when it is killed and revived."""

    def __init__(self, folder: Path) -> None:
        self._folders = [folder / name for name in "abc"]
        for path in self._folders:
            path.mkdir()
        self.servers = [self._start(path) for path in self._folders]
        self.urls = [server.url for server in self.servers]

    def _start(self, folder: Path, port: int | None = None) -> Server:
        return Server.start(folder, port, HEARTBEAT_INTERVAL=str(BEAT), LOG_LEVEL="WARNING")

    def kill(self, number: int) -> None:
        self.servers[number].running.kill()

    def revive(self, number: int) -> float:
        """Start it again; returns the moment before."""
        began = time.monotonic()
        self.servers[number] = self._start(self._folders[number], self.servers[number].port)
        return began

    def stop(self) -> None:
        for server in self.servers:
            if server.running.process.poll() is None:
                assert server.running.stop() == 0
            assert "Traceback" not in server.running.said()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ThreeServers]:
    started = ThreeServers(tmp_path)
    yield started
    started.stop()


def seen(server: Server, since: datetime) -> int:
    """How many clients a server has heard since that moment and shows as being there."""
    return sum(
        client["status"] != "offline" and datetime.fromisoformat(client["last_seen"]) >= since
        for client in server.get("/api/clients")
    )


def time_until_all_are_seen(server: Server, count: int) -> float:
    """The seconds from now until a server has heard of that many clients anew."""
    since, began = datetime.now(UTC), time.monotonic()
    wait_for(f"{count} are seen by {server.url}", lambda: seen(server, since) >= count)
    return time.monotonic() - began


def test_one_agent_follows_three_servers_that_are_killed_and_revived_in_turn(
    three: ThreeServers, tmp_path: Path
) -> None:
    agent = SimulatedAgent.start(
        tmp_path,
        three.servers[0],
        "NIKITA",
        API_SERVERS=" ".join(three.urls),
        HEARTBEAT_INTERVAL=str(BEAT),
        RETURN_AFTER="2",
    )

    for killed, next_one in ((0, 1), (1, 2)):
        three.kill(killed)
        assert time_until_all_are_seen(three.servers[next_one], 1) < THREE_BEATS + SLACK

    for revived in (1, 0):
        began = three.revive(revived)
        # It is known there from before it was killed; only a new heartbeat shows that the agent is back.
        time_until_all_are_seen(three.servers[revived], 1)
        assert time.monotonic() - began > 2
        assert names_last(agent, three.urls[revived])

    three.kill(0)
    assert time_until_all_are_seen(three.servers[1], 1) < THREE_BEATS + SLACK

    stopped = time.monotonic()
    assert agent.running.stop() == 0
    assert three.servers[1].status_of("NIKITA") == "offline"
    assert time.monotonic() - stopped < 2 * BEAT
    assert "Traceback" not in agent.running.said()


def names_last(agent: SimulatedAgent, url: str) -> bool:
    """Whether the agent's log names this server as the last one it went to."""

    def last_line() -> str | None:
        lines = [
            line for line in agent.running.said().splitlines() if "heartbeats go to" in line or "linked to" in line
        ]
        return lines[-1] if lines[-1].endswith(f" to {url}") else None

    # The server has the heartbeat a moment before the agent knows that it was taken.
    return bool(wait_for(f"the log names {url}", last_line))


def test_two_hundred_agents_are_seen_soon_after_any_kill_and_return_without_a_stampede(
    three: ThreeServers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connects, figures = Connects(monkeypatch), Figures()
    first, second, third = three.servers
    crowd = Crowd(AGENTS, three.urls, BEAT, PACE)
    try:
        time_until_all_are_seen(first, AGENTS)

        figures.loss("the first is killed", three, 0, second)

        # From the last failed probe on, a server that comes back meets all agents within the longest back-off.
        began = three.revive(0)
        wait_for("all have returned to the first", lambda: crowd.with_server(three.urls[0]) == AGENTS, 3 * RETURN_AFTER)
        took = time.monotonic() - began
        figures.peak("all return to the first", connects.peak(first.port, began), f"took {took:.1f} s")
        assert took > RETURN_AFTER

        figures.loss("the first is killed again", three, 0, second)
        figures.loss("the second is killed too", three, 1, third)

        three.kill(2)
        time.sleep(4 * PACE.longest)  # the time in which back-off grows to its longest
        began = three.revive(1)
        took = time_until_all_are_seen(three.servers[1], AGENTS)
        figures.peak("the only one comes back", connects.peak(second.port, began), f"all seen in {took:.2f} s")
        assert took < PACE.longest + THREE_BEATS + SLACK
    finally:
        crowd.stop()

    assert seen(three.servers[1], datetime.min.replace(tzinfo=UTC)) == 0
    with capsys.disabled():
        print(figures)
    assert figures.too_late == []
    assert figures.too_many == []


def test_two_hundred_links_follow_after_any_kill_and_return_without_a_stampede(
    three: ThreeServers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connects, links, figures = Connects(monkeypatch), LinkedCrowd(), Figures()
    first, second, third = three.servers

    def all_linked(number: int, patience: float = 4 * BEAT) -> None:
        url = three.urls[number]
        wait_for(f"all are linked to {url}", lambda: links.linked_to(url) == AGENTS, patience)

    crowd = Crowd(AGENTS, three.urls, BEAT, PACE, links)
    try:
        time_until_all_are_seen(first, AGENTS)
        all_linked(0)

        figures.loss("the first is killed", three, 0, second)
        all_linked(1)

        began = three.revive(0)
        all_linked(0, 4 * RETURN_AFTER)
        took = time.monotonic() - began
        figures.peak("all links return to the first", links.tries.peak(first.port, began), f"took {took:.1f} s")
        figures.peak("plain connections to it", connects.peak(first.port, began), "probes")
        assert took > RETURN_AFTER

        figures.loss("the first is killed again", three, 0, second)
        all_linked(1)
        figures.loss("the second is killed too", three, 1, third)
        all_linked(2)

        three.kill(2)
        time.sleep(4 * PACE.longest)  # the time in which back-off grows to its longest
        began = three.revive(1)
        took = time_until_all_are_seen(three.servers[1], AGENTS)
        all_linked(1)
        figures.peak("the only one comes back", links.tries.peak(second.port, began), f"all seen in {took:.2f} s")
        figures.peak("plain connections to it", connects.peak(second.port, began), "heartbeats and probes")
        assert took < PACE.longest + THREE_BEATS + SLACK
        assert all_connected(three.servers[1])
    finally:
        crowd.stop()
        with capsys.disabled():
            print(figures)

    assert seen(three.servers[1], datetime.min.replace(tzinfo=UTC)) == 0
    assert figures.too_late == []
    assert figures.too_many == []


def all_connected(server: Server) -> bool:
    return {client["agent"] for client in server.get("/api/clients")} == {"connected"}


class Figures:
    """What was measured, and what of it is beyond its bound."""

    # An agent asks a server that was away once in a back-off, which chance shortens to a part of itself. The margin
    # is four standard deviations of as many arrivals at random moments.
    expected = AGENTS / (PACE.longest * (1 - SPREAD))
    most = math.ceil(expected + 4 * math.sqrt(expected))

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.too_late: list[str] = []
        self.too_many: list[str] = []

    def loss(self, what: str, three: ThreeServers, killed: int, next_one: Server) -> None:
        three.kill(killed)
        took = time_until_all_are_seen(next_one, AGENTS)
        self._note(f"{what}: all {AGENTS} seen by the next in {took:.2f} s; three heartbeats are {THREE_BEATS:.2f} s")
        if took > THREE_BEATS + SLACK:
            self.too_late.append(self.lines[-1])

    def peak(self, what: str, peak: int, more: str) -> None:
        self._note(f"{what}: {more}; at most {peak} connects in one second, bound {self.most}")
        if peak > self.most:
            self.too_many.append(self.lines[-1])

    def _note(self, line: str) -> None:
        self.lines.append(line)

    def __str__(self) -> str:
        return "\n" + "\n".join(f"  {line}" for line in self.lines)
