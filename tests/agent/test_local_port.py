"""Who can reach the agent's port, on real sockets of this machine."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx2
import pytest

from microsip_manager.agent.local_port import LocalPort
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.agent.sockets import EVERY_ADDRESS, LOOPBACK, addresses_to_hear
from microsip_manager.settings import AgentSettings

HERE, BESIDE = "127.0.0.1", "127.0.0.2"
"""Two addresses of which one can be open and the other not."""


def hello(environ: object, start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def is_open(address: str, port: int) -> bool:
    try:
        return httpx2.get(f"http://{address}:{port}/").status_code > 0
    except httpx2.ConnectError:
        return False


class Wanted:
    def __init__(self) -> None:
        self.addresses: list[str] = [HERE]

    def __call__(self) -> list[str]:
        return self.addresses


@pytest.fixture
def wanted() -> Wanted:
    return Wanted()


@pytest.fixture
def port(wanted: Wanted) -> Iterator[LocalPort]:
    opened = LocalPort(0, wanted, time.monotonic)
    opened.start(hello)
    yield opened
    opened.stop()


def test_others_can_reach_it_only_where_they_shall() -> None:
    assert addresses_to_hear((), others=False) == LOOPBACK
    assert addresses_to_hear(("192.0.2.17",), others=False) == LOOPBACK
    assert addresses_to_hear((), others=True) == EVERY_ADDRESS
    assert addresses_to_hear(("192.0.2.17",), others=True) == ("192.0.2.17",)


def test_it_moves_to_other_addresses_and_back_on_the_same_port(wanted: Wanted, port: LocalPort) -> None:
    assert (is_open(HERE, port.port), is_open(BESIDE, port.port)) == (True, False)

    wanted.addresses = ["0.0.0.0"]
    port.look_again()
    assert (is_open(HERE, port.port), is_open(BESIDE, port.port)) == (True, True)

    wanted.addresses = [HERE]
    port.look_again()
    port.look_again()
    assert (is_open(HERE, port.port), is_open(BESIDE, port.port)) == (True, False)


def test_what_cannot_be_opened_leaves_it_as_it_was_and_is_told(
    wanted: Wanted, port: LocalPort, caplog: pytest.LogCaptureFixture
) -> None:
    wanted.addresses = ["192.0.2.1"]

    port.look_again()

    assert is_open(HERE, port.port)
    assert "cannot be opened at 192.0.2.1" in caplog.text


def test_once_closed_it_stays_closed(wanted: Wanted, port: LocalPort) -> None:
    port.stop()
    wanted.addresses = [BESIDE]

    port.look_again()

    assert not is_open(HERE, port.port)
    assert not is_open(BESIDE, port.port)


class Enrolment:
    """What the agent has of its servers' keys."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []

    def __call__(self) -> list[bytes]:
        return self.keys


def settings(folder: Path, *addresses: str, is_open: bool = False) -> AgentSettings:
    with socket.create_server((HERE, 0)) as nobody:
        server = f"http://{HERE}:{nobody.getsockname()[1]}"
    return AgentSettings(
        log_level="INFO",
        log_file="",
        heartbeat_interval=60.0,
        api_timeout=5.0,
        api_servers=(server,),
        return_after=60.0,
        agent_port=0,
        agent_hostname="NIKITA",
        microsip_class="MicroSIP",
        spool_dir=str(folder),
        local_api_addresses=addresses,
        local_api_open=is_open,
    )


def running(settings: AgentSettings, keys: Enrolment) -> RunningAgent:
    return RunningAgent(settings, SimulatedPhone("485"), screen=SimulatedScreen(), simulated=True, command_keys=keys)


def test_an_agent_is_closed_to_others_until_it_has_enrolled_and_again_when_it_is_shut_out(tmp_path: Path) -> None:
    keys = Enrolment()
    with running(settings(tmp_path, HERE, BESIDE), keys) as agent:
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, False)

        keys.keys = [b"k" * 32]
        agent.command_keys_changed()
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, True)

        keys.keys = []
        agent.command_keys_changed()
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, False)


def test_an_agent_that_is_to_be_open_is_so_from_its_start(tmp_path: Path) -> None:
    with running(settings(tmp_path, HERE, BESIDE, is_open=True), Enrolment()) as agent:
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, True)
