"""Who can reach the agent's port, on real sockets of this machine."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx2
import pytest

from microsip_manager.agent.enrolling import Enrolling
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.agent.sockets import EVERY_ADDRESS, LOOPBACK, addresses_to_hear
from microsip_manager.settings import AgentSettings

HERE, BESIDE = "127.0.0.1", "127.0.0.2"
"""Two addresses of which one can be open and the other not."""


def is_open(address: str, port: int) -> bool:
    try:
        return httpx2.get(f"http://{address}:{port}/").status_code > 0
    except httpx2.ConnectError:
        return False


def test_others_can_reach_it_only_where_they_shall() -> None:
    assert addresses_to_hear((), others=False) == LOOPBACK
    assert addresses_to_hear(("192.0.2.17",), others=False) == LOOPBACK
    assert addresses_to_hear((), others=True) == EVERY_ADDRESS
    assert addresses_to_hear(("192.0.2.17",), others=True) == ("192.0.2.17",)


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


def running(settings: AgentSettings) -> RunningAgent:
    return RunningAgent(settings, SimulatedPhone("485"), screen=SimulatedScreen(), simulated=True)


@pytest.mark.parametrize("is_enrolled", [False, True])
def test_an_agent_is_closed_to_others_until_it_has_enrolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_enrolled: bool
) -> None:
    monkeypatch.setattr(Enrolling, "command_keys", lambda _: [b"k" * 32] if is_enrolled else [])
    with running(settings(tmp_path, HERE, BESIDE)) as agent:
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, is_enrolled)


def test_an_agent_that_is_to_be_open_is_so_from_its_start(tmp_path: Path) -> None:
    with running(settings(tmp_path, HERE, BESIDE, is_open=True)) as agent:
        assert (is_open(HERE, agent.port), is_open(BESIDE, agent.port)) == (True, True)
