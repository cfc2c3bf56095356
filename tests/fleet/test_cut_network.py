"""A network between server and agent that is cut without a word and healed, again and again, while commands run."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fleet.namespaces import SERVER, SERVER_TO_ADMIN, Networks
from tests.fleet.processes import Server, WatchedAgent, wait_for

pytestmark = pytest.mark.slow

BEAT = 2.0
"""Seconds between two heartbeats."""

DEADLINE = 1.0
"""Seconds for a command. Less than a link needs to notice a cut: so a command can come too late over a living link."""

THREE_BEATS = 3 * BEAT * 1.1
SLACK = 1.5
"""Seconds for the loops that look once a second, on a busy machine."""

SHORT, LONG = (0.05, BEAT), (BEAT, 3 * BEAT)
"""Cuts that a link outlives, and cuts that it does not."""

ROUNDS = 14


@pytest.fixture
def server(nets: Networks, tmp_path: Path) -> Iterator[Server]:
    started = Server.start(
        tmp_path,
        host=SERVER_TO_ADMIN,
        inside=nets.server.inside,
        OPEN_NETWORK="1",
        HEARTBEAT_INTERVAL=str(BEAT),
        API_TIMEOUT=str(DEADLINE),
    )
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


@pytest.fixture
def agent(tmp_path: Path, nets: Networks, server: Server) -> Iterator[WatchedAgent]:
    """Behind the router, its port closed to the server: what reaches it came over its link."""
    address = f"http://{SERVER}:{server.port}"
    started = WatchedAgent(tmp_path, server, "NIKITA", nets.agent.inside, API_SERVERS=address)
    nets.router.block_port(started.port)
    started.wait_for_link()
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


class Stream:
    """An administrator who wishes DND on and off, one wish after the other, until told to stop."""

    def __init__(self, server: Server) -> None:
        self.answers: list[Any] = []
        self._server = server
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._wish)
        self._thread.start()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()

    def _wish(self) -> None:
        # Over one connection: while the PC is away each answer comes at once, and new ones have a rate.
        with requests.Session() as connection:
            while not self._enough.is_set():
                self.answers.append(self._server.set_dnd("NIKITA", len(self.answers) % 2 == 0, connection))


def test_commands_over_a_network_that_is_cut_are_neither_lost_nor_carried_out_twice(
    nets: Networks, server: Server, agent: WatchedAgent, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20)  # noqa: S311 - chance, not secrets
    stream = Stream(server)
    try:
        for number in range(ROUNDS):
            time.sleep(chance.uniform(0.3, 1.0))
            nets.cut()
            time.sleep(chance.uniform(*(SHORT if number % 3 else LONG)))
            nets.heal()
        wait_for("the agent is commanded over its link again", lambda: works(stream))
    finally:
        stream.stop()

    # What was said last, before or after the deadline, has been heard when the next command is answered.
    wait_for("a command goes through", lambda: server.set_dnd("NIKITA", True)["outcome"] in ("applied", "already"))
    log = [command for command in server.commands("NIKITA") if command["way"] == "link"]
    with capsys.disabled():
        print("\n  over the link:", dict(Counter((told["outcome"], told["late"]) for told in log)))

    answered = Counter(answer["outcome"] for answer in stream.answers)
    everything = Counter(told["outcome"] for told in server.commands("NIKITA"))
    assert sum(everything.values()) >= sum(answered.values()) > 50
    assert all(everything[outcome] >= count for outcome, count in answered.items())
    assert everything["pending"] == everything["interrupted"] == 0, "every command has its result"

    applied = [told for told in log if "applied" in (told["outcome"], told["late"])]
    assert len(applied) == len(agent.clicks()), "each click is one command's, and each is known, if late"
    for told, clicked in zip(reversed(applied), agent.clicks(), strict=True):
        assert stamp(told["asked_at"]) <= clicked <= stamp(told["deadline"]) + 2 * SLOWEST_CLICK, told
    assert any(told["late"] == "applied" for told in log), "some answer came late"


SLOWEST_CLICK = 0.2
"""Seconds that the phone takes for a click that began in time."""


def works(stream: Stream) -> bool:
    return [answer["outcome"] for answer in stream.answers[-3:]] == ["applied"] * 3


def stamp(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_a_command_that_the_network_held_back_past_its_deadline_is_not_carried_out(
    nets: Networks, server: Server, agent: WatchedAgent
) -> None:
    wait_for("a command goes over the link", lambda: server.set_dnd("NIKITA", True)["outcome"] == "applied")
    nets.cut()
    assert server.set_dnd("NIKITA", False)["outcome"] == "timeout"
    nets.heal()

    # The link outlives so short a cut, so what the network had taken of the command arrives.
    [late, _] = wait_for("the agent says that it was too late", lambda: told_late(server))

    assert (late["outcome"], late["late"], late["way"]) == ("timeout", "timeout", "link")
    assert len(agent.clicks()) == 1
    assert agent.running.said().count("linked to") == 1
    assert server.get("/api/clients/NIKITA/status")["dnd"] is True


def told_late(server: Server) -> list[dict[str, Any]] | None:
    found = server.commands("NIKITA")
    return found if found[0]["late"] else None


def test_a_half_open_link_is_noticed_on_both_sides_within_three_heartbeats(
    nets: Networks, server: Server, agent: WatchedAgent
) -> None:
    for number in (1, 2):
        nets.cut()
        check_that_both_notice(server, agent, number)
        assert server.set_dnd("NIKITA", True)["outcome"] == "unreachable", "and nobody waits for an answer"

        nets.heal()
        wait_for("the PC is back", lambda: server.agent_of("NIKITA") == "connected")
        wait_for("a command goes through", lambda: server.set_dnd("NIKITA", True).get("dnd"))
        assert server.ways("NIKITA")[0] == "link"


def check_that_both_notice(server: Server, agent: WatchedAgent, times: int) -> None:
    cut = time.monotonic()
    wait_for("the agent notices", lambda: agent.running.said().count("was silent for") == times)
    assert time.monotonic() - cut < THREE_BEATS + SLACK
    wait_for("the server notices", lambda: server.running.said().count("its link is given up") == times)
    assert time.monotonic() - cut < THREE_BEATS + SLACK
    wait_for("the PC is lost", lambda: server.agent_of("NIKITA") == "lost")
    assert time.monotonic() - cut < THREE_BEATS + SLACK
