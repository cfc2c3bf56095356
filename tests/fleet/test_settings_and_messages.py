"""Settings and messages through a real server and real agents; and secrets that stay where they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from microsip_manager.agent.boundaries import PhoneFiles, PhoneIni
from microsip_manager.agent.ini_file import IniFile
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.settings import AgentSettings
from tests.fakes.secret_ini import SECRET, SHAPES, secret_ini
from tests.fakes.softphone import ScriptedPhone
from tests.fleet.processes import Server, SimulatedAgent, wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    started = Server.start(folder, HEARTBEAT_INTERVAL="1", LOG_LEVEL="DEBUG")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def post(server: Server, command: str, hostname: str = "NIKITA", **body: Any) -> Any:
    return requests.post(f"{server.url}/api/clients/{hostname}/{command}", json=body, timeout=30).json()


def test_a_simulated_agent_answers_honestly(tmp_path: Path, server: Server) -> None:
    agent = SimulatedAgent.start(tmp_path, server, "NIKITA")

    told = post(server, "get_setting", section="Account", names=["username", "password"])
    assert (told["ini"], told["section"], told["simulated"]) == ("simulated", "Account1", True)
    assert (told["settings"]["username"]["value"], told["settings"]["password"]["present"]) == ("100", False)
    server.set_dnd("NIKITA", True)
    assert post(server, "get_setting", name="DND")["settings"]["DND"]["value"] == "1"
    assert post(server, "get_setting", name="DMD")["code"] == "unknown-setting"

    first = post(server, "display_message", text="Здравствуйте", timeout=1)
    second = post(server, "display_message", text="Hello", timeout=1)
    assert (first["outcome"], second["outcome"]) == ("shown", "queued")
    report = f"/api/clients/NIKITA/messages/{second['id']}"
    told = wait_for("it has timed out", lambda: server.get(report) if server.get(report)["ended_at"] else None)
    assert (told["state"], told["button"]) == ("timeout", None)
    assert agent.running.stop() == 0


class IniPhone(ScriptedPhone):
    """A phone with a real ini."""

    def __init__(self, ini: IniFile) -> None:
        super().__init__()
        self._file = ini

    def inis(self) -> list[PhoneIni]:
        return [PhoneIni(str(self._file.path), self._file.read_all())]

    def files(self) -> list[PhoneFiles]:
        return [PhoneFiles(self._file.path, self._file.path.parent)]


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "MicroSIP.ini"


@pytest.fixture
def screen() -> SimulatedScreen:
    return SimulatedScreen()


@pytest.fixture
def agent(server: Server, ini: Path, screen: SimulatedScreen) -> Iterator[RunningAgent]:
    settings = AgentSettings(
        log_level="DEBUG",
        heartbeat_interval=1.0,
        api_timeout=10.0,
        api_servers=(server.url,),
        agent_port=0,
        agent_hostname="NIKITA",
        microsip_class="MicroSIP",
        log_file="-",
        return_after=60.0,
        spool_dir=str(ini.parent / "spool"),
    )
    phone = IniPhone(IniFile(ini, "cp1251", lambda _: None))
    with RunningAgent(settings, phone, screen=screen, simulated=False, addresses=["127.0.0.1"]) as running:
        wait_for("NIKITA is there", lambda: server.status_of("NIKITA"))
        yield running


@pytest.mark.parametrize("shape", SHAPES)
def test_secrets_come_out_nowhere(
    server: Server,
    agent: RunningAgent,
    ini: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    shape: str,
) -> None:
    caplog.set_level("DEBUG")
    ini.write_text(secret_ini(SHAPES[shape]), encoding="utf-16")
    heard: list[Any] = []

    for section in ("Settings", "Account", "Account2", "Shortcuts", "Calls", "Elsewhere"):
        heard.append(post(server, "get_setting", section=section))
        assert heard[-1]["section"] in (section, "Account1")
        url = f"http://127.0.0.1:{agent.port}/api/get_setting"
        heard.append(requests.post(url, json={"section": section}, timeout=30).json())
        heard.append(post(server, "get_setting", section=section, name="passwort"))
    ini.write_text(secret_ini(SHAPES[shape], {}), encoding="utf-16")
    heard.append(post(server, "get_setting", section="Account"))
    assert heard[-1]["code"] == "ini-unreadable"
    heard += [server.get(path) for path in ("/api/clients", "/api/clients/NIKITA", "/api/clients/NIKITA/status")]

    assert SECRET not in json.dumps(heard)
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())
    files = [path for path in server.folder.parent.rglob("*") if path.is_file() and path != ini]
    assert {"server.log", "manager.db"} <= {path.name for path in files}
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_button_pressed_reaches_the_administrator(
    server: Server, agent: RunningAgent, screen: SimulatedScreen
) -> None:
    told = post(server, "display_message", text="Пойдёте на обед?", buttons=["Да", "Нет"])
    assert told["outcome"] == "shown"
    report = f"/api/clients/NIKITA/messages/{told['id']}"
    assert server.get(report)["state"] == "shown"

    screen.press("Да")

    answered = wait_for("it is answered", lambda: server.get(report) if server.get(report)["button"] else None)
    assert (answered["state"], answered["button"]) == ("answered", "Да")
    assert server.get("/api/clients/NIKITA/messages/" + "0" * 32)["code"] == "unknown-message"


def test_the_text_of_a_message_is_in_no_log(
    server: Server, agent: RunningAgent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    told = post(server, "display_message", text=f"Your new password is {SECRET}")

    assert told["outcome"] == "shown"
    assert told["id"] in caplog.text
    assert SECRET not in caplog.text + server.running.said()
