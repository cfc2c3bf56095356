"""End to end: settings out of a real ini, a message in a real window; the server on Linux, the agent in Windows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakes.secret_ini import SECRET, SHAPES, secret_ini
from tests.fleet.processes import Server, wait_for
from tests.fleet.wine import WineAgent, press_button, start_microsip
from tests.windows.standin.handle import StandIn
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine


@pytest.fixture
def start(
    testbed: WineTestbed, server: Server, windows_agent: WineAgent, tmp_path: Path
) -> Iterator[Callable[[], StandIn]]:
    """Start MicroSIP with the ini in its folder; it is closed after the test."""
    started: list[StandIn] = []

    def start_and_wait() -> StandIn:
        started.append(start_microsip(testbed, tmp_path / "MicroSIP"))
        wait_for("NIKITA is there", lambda: server.status_of("NIKITA") not in (None, "offline"))
        return started[0]

    yield start_and_wait
    for microsip in started:
        microsip.close()
    if started:
        # Asked live, the server need not wait for three heartbeats that do not come.
        wait_for("NIKITA is gone", lambda: server.get("/api/clients/NIKITA/status")["status"] == "offline")


def post(server: Server, command: str, **body: Any) -> Any:
    return requests.post(f"{server.url}/api/clients/NIKITA/{command}", json=body, timeout=30).json()


def state_of(server: Server, id: str) -> Any:
    return server.get(f"/api/clients/NIKITA/messages/{id}")


def write_ini(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "MicroSIP.ini").write_bytes(b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"))


def test_settings_come_from_the_ini_of_the_microsip_that_runs(
    testbed: WineTestbed, server: Server, start: Callable[[], StandIn], tmp_path: Path
) -> None:
    start()

    told = post(server, "get_setting", section="Account", names=["username", "password"])

    assert told["ini"] == testbed.windows_path(tmp_path / "MicroSIP" / "MicroSIP.ini")
    assert (told["section"], told["settings"]["username"]["value"]) == ("Account1", "485")
    assert post(server, "get_setting", name="denyIncomin")["detail"].count("'denyIncoming'") == 1


@pytest.mark.parametrize("kept", [{"accountId": "1", "denyIncoming": "button", "username": "485"}, {}])
def test_secrets_come_out_nowhere(
    testbed: WineTestbed,
    server: Server,
    windows_agent: WineAgent,
    start: Callable[[], StandIn],
    tmp_path: Path,
    kept: dict[str, str],
) -> None:
    write_ini(tmp_path / "MicroSIP", secret_ini(SHAPES["in an address"], kept))
    start()
    heard: list[Any] = []

    heard += [post(server, "get_setting", section=name) for name in ("Settings", "Account", "Account1", "Shortcuts")]
    heard.append(server.set_dnd("NIKITA", True))
    heard += [server.get("/api/clients"), server.get("/api/clients/NIKITA/status")]

    assert "password" in heard[2]["settings"]
    assert SECRET not in json.dumps(heard)
    assert SECRET not in windows_agent.log()
    files = [*server.folder.rglob("*"), *(testbed.drive_c / "users").rglob("*")]
    assert [path for path in files if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_a_message_is_a_real_window_and_the_button_pressed_is_reported(
    testbed: WineTestbed, server: Server, start: Callable[[], StandIn]
) -> None:
    start()
    first = post(server, "display_message", title="Обед", text="Идём?\n<b>R&D</b>", buttons=["Да", "Нет"])
    second = post(server, "display_message", text="And then?", severity="error")
    assert (first["outcome"], second["outcome"]) == ("shown", "queued")

    press_button(testbed, "Да")

    told = state_of(server, first["id"])
    assert (told["state"], told["button"]) == ("answered", "Да")
    wait_for("the next one is shown", lambda: state_of(server, second["id"])["state"] == "shown")
    press_button(testbed, "OK")
    assert state_of(server, second["id"])["button"] == "OK"


def test_a_message_holds_up_neither_the_agent_nor_microsip(
    testbed: WineTestbed, server: Server, start: Callable[[], StandIn]
) -> None:
    microsip = start()
    told = post(server, "display_message", text="Hello", severity="warning", timeout=600)

    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    assert microsip.state().dnd is True
    assert state_of(server, told["id"])["state"] == "shown"
    press_button(testbed, "OK")
