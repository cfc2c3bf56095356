"""An agent comes in at a real server application, without a socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from microsip_manager.agent.enrolling import (
    AGAIN,
    ASK_AGAIN,
    ASK_SELDOM,
    KEY_SECONDS,
    LOOK_EVERY,
    SPREAD_KEY,
    Enrolling,
)
from microsip_manager.agent.http_client import Answer, NoAnswer
from microsip_manager.agent.key_file import Kept, KeyFile, NoSeal
from microsip_manager.server.app import create_app
from microsip_manager.server.services import Services
from microsip_manager.wire import paths
from tests.fakes.services import fake_services

SERVER = "http://127.0.0.1:8083"


class Office:
    """A server with an administrator, and PCs whose agents speak with it as long as the network is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000_000.0
        self.services: Services = fake_services()
        app = create_app(self.services, open_network=False)
        self.api = TestClient(app, base_url=SERVER, client=("127.0.0.1", 50000), raise_server_exceptions=False)
        made = self.api.post(paths.TOKENS, json={"name": "anna", "role": "admin"})
        self.admin = {"Authorization": f"Bearer {made.json()['token']}"}
        self.asked: list[str] = []
        self.pinned: list[tuple[str, str]] = []
        self.cut = False
        self.lose_answers = False

    def join_token(self, **more: object) -> str:
        made = self.api.post(paths.JOIN_TOKENS, headers=self.admin, json={"name": "t", **more})
        return str(made.json()["join_token"])

    def agent(self, hostname: str = "NIKITA", join_token: str = "", at: str = SERVER) -> Enrolling:
        network = Network(self)
        enrolling = Enrolling(
            network,
            network.with_key,
            KeyFile(self.folder, hostname, NoSeal()),
            pin=lambda server, fingerprint: self.pinned.append((server, fingerprint)),
            hostname=hostname,
            session_user="",
            servers=[at],
            join_token=join_token,
            now=lambda: self.now,
            seconds=5.0,
            chance=lambda: 0.5,
            news=lambda: None,
        )
        network.authorization = enrolling.authorization
        enrolling.begin()
        return enrolling

    def beat(self, agent: Enrolling) -> int:
        body = {"hostname": agent.name, "extension": "485", "status": 0}
        shown = agent.authorization()
        answer = self.api.post(paths.HEARTBEAT, json=body, headers={"Authorization": shown} if shown else {})
        if answer.status_code == 401:
            agent.refused()
        return answer.status_code

    def pending(self) -> list[str]:
        return [one["id"] for one in self.api.get(paths.PENDING_AGENTS, headers=self.admin).json()]

    def approve(self) -> None:
        [id] = self.pending()
        self.api.post(f"{paths.PENDING_AGENTS}/{id}/approve", headers=self.admin)

    def names(self) -> list[str]:
        return [one["name"] for one in self.api.get(paths.AGENTS, headers=self.admin).json()]

    def settle(self) -> None:
        """What happens within a minute: keys that were used take the place of the old ones."""
        self.services.credentials.load()
        asyncio.run(self.services.agents.tidy())
        self.services.credentials.load()


class Network:
    def __init__(self, office: Office) -> None:
        self._office = office
        self.with_key = WithKey(self)
        self.authorization: Callable[[], str] = str

    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float, shown: str = "") -> Answer:
        if self._office.cut or server != SERVER:
            raise NoAnswer("did not answer")
        self._office.asked.append(path)
        headers = {"Authorization": shown} if shown else {}
        answer = self._office.api.request(method, path, content=body, headers=headers)
        if self._office.lose_answers:
            raise NoAnswer("broke off")
        return Answer(answer.status_code, answer.content)


class WithKey:
    def __init__(self, network: Network) -> None:
        self._network = network

    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float) -> Answer:
        return self._network.ask(method, server, path, body, seconds, self._network.authorization())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_it_comes_in_by_its_join_token_and_is_itself_again_after_a_restart(office: Office) -> None:
    agent = office.agent(join_token=office.join_token())

    assert agent.name == "NIKITA"
    assert office.beat(agent) == 200
    assert office.beat(office.agent()) == 200
    assert office.names() == ["NIKITA"]


def test_it_goes_to_the_servers_of_the_join_token_and_stays_with_them(office: Office) -> None:
    agent = office.agent(join_token=office.join_token(servers=["http://192.0.2.9:8083", SERVER]), at="http://192.0.2.8")

    assert agent.servers == ("http://192.0.2.9:8083", SERVER)
    assert office.agent(at="http://192.0.2.8").servers == agent.servers


def test_an_answer_that_is_lost_costs_no_second_use(office: Office) -> None:
    token = office.join_token()
    office.lose_answers = True
    agent = office.agent(join_token=token)
    assert agent.authorization() == ""
    office.lose_answers = False

    agent = office.agent(join_token=token)  # started anew after a power cut

    assert office.beat(agent) == 200
    assert office.names() == ["NIKITA"]


def test_a_server_that_is_not_there_yet_is_tried_again(office: Office) -> None:
    office.cut = True
    agent = office.agent(join_token=office.join_token())
    assert agent.step() == AGAIN
    office.cut = False

    agent.step()

    assert agent.changed.is_set()
    assert office.beat(agent) == 200


def test_a_second_pc_of_the_same_name_gets_another_one(office: Office, tmp_path: Path) -> None:
    token = office.join_token(uses=2)
    office.agent(join_token=token)
    office.folder = tmp_path / "other PC"

    agent = office.agent(join_token=token)

    assert agent.name == "NIKITA~2"
    assert office.beat(agent) == 200


def test_a_bad_join_token_is_told_once_with_what_to_do(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    token = office.join_token()
    office.agent("OLGA", token)

    agent = office.agent(join_token=token)
    for _ in range(3):
        assert agent.step() == LOOK_EVERY

    assert [line for line in caplog.messages if "join-token create" in line] == [
        "NIKITA: the join token lets nobody in: it has expired, was revoked, or has no uses left. "
        "Make another one on the server: microsip-manager join-token create"
    ]
    assert office.asked.count(paths.ENROL) == 2
    assert token not in caplog.text


def test_without_a_join_token_it_asks_once_a_server_has_refused_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    agent = office.agent()
    assert agent.step() == LOOK_EVERY
    assert office.asked == []

    assert office.beat(agent) == 401
    assert [agent.step(), agent.step()] == [ASK_AGAIN, ASK_AGAIN]
    assert len([line for line in caplog.messages if "agent approve" in line]) == 1
    agent = office.agent()  # started anew, it is still the same that asks
    office.beat(agent)
    agent.step()
    assert len(office.pending()) == 1
    office.approve()

    agent.step()

    assert agent.changed.is_set()
    assert office.beat(agent) == 200


def test_a_refused_one_asks_seldom(office: Office) -> None:
    agent = office.agent()
    office.beat(agent)
    agent.step()
    [id] = office.pending()
    office.api.post(f"{paths.PENDING_AGENTS}/{id}/refuse", headers=office.admin)

    assert agent.step() == ASK_SELDOM


def test_a_revoked_one_says_what_to_do_and_asks_nobody(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    agent = office.agent(join_token=office.join_token())
    agent = office.agent()
    [listed] = office.api.get(paths.AGENTS, headers=office.admin).json()
    office.api.delete(f"{paths.AGENTS}/{listed['id']}", headers=office.admin)

    for _ in range(3):
        assert office.beat(agent) == 401
        agent.step()

    assert len([line for line in caplog.messages if "revoked" in line and "--join" in line]) == 1
    assert office.pending() == []


def test_a_revoked_one_comes_in_again_by_a_new_join_token(office: Office) -> None:
    office.agent(join_token=office.join_token())
    [listed] = office.api.get(paths.AGENTS, headers=office.admin).json()
    office.api.delete(f"{paths.AGENTS}/{listed['id']}", headers=office.admin)
    old = office.agent().authorization()

    agent = office.agent(join_token=office.join_token())
    assert office.beat(agent) == 401
    agent.step()

    assert office.beat(agent) == 200
    assert agent.name == "NIKITA"
    assert agent.authorization() != old


def test_to_join_once_more_does_not_make_another_client_of_it(office: Office) -> None:
    token = office.join_token(uses=2)
    agent = office.agent(join_token=token)

    assert agent.join() == "NIKITA"

    assert office.names() == ["NIKITA"]
    assert office.beat(agent) == 200


def test_a_running_one_notices_that_somebody_has_joined(office: Office) -> None:
    running = office.agent()
    office.beat(running)
    running.step()
    other = office.agent(join_token=office.join_token())
    assert other.name == "NIKITA"

    running.step()

    assert running.changed.is_set()
    assert running.authorization() == other.authorization()


def test_a_broken_file_is_told_and_the_agent_asks(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.agent(join_token=office.join_token())
    [file] = office.folder.glob("key-*")
    file.write_bytes(b"\x00" * 50)

    agent = office.agent()

    assert "is lost" in caplog.text
    assert office.beat(agent) == 401
    assert agent.step() == ASK_AGAIN
    assert len(office.pending()) == 1


def test_a_key_is_replaced_after_a_month(office: Office) -> None:
    agent = office.agent(join_token=office.join_token())
    old = agent.authorization()
    office.now += KEY_SECONDS - 1
    assert agent.step() == LOOK_EVERY
    office.now += 1

    assert agent.step() == SPREAD_KEY
    assert agent.authorization() == old  # other servers may not know the new one yet
    assert office.beat(agent) == 200
    assert agent.step() == LOOK_EVERY

    assert agent.authorization() != old
    assert office.beat(agent) == 200
    office.settle()
    assert office.beat(agent) == 200
    refused = office.api.post(paths.HEARTBEAT, json={}, headers={"Authorization": old})
    assert refused.status_code == 401
    assert office.beat(office.agent()) == 200


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("lost", [True, False])
def test_a_crash_at_any_moment_of_it_leaves_a_key_that_is_good(office: Office, steps: int, lost: bool) -> None:
    agent = office.agent(join_token=office.join_token())
    office.now += KEY_SECONDS
    office.lose_answers = lost
    for _ in range(steps):
        agent.step()
    office.lose_answers = False

    for _ in range(4):
        agent = office.agent()
        assert office.beat(agent) == 200
        agent.step()
        office.settle()
        agent.step()
        assert office.beat(agent) == 200
        office.settle()


def test_the_key_stands_in_no_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "microsip_manager")
    token = office.join_token()
    agent = office.agent(join_token=token)
    office.now += KEY_SECONDS
    agent.step()
    agent.step()

    kept = KeyFile(office.folder, "NIKITA", NoSeal()).read()

    assert isinstance(kept, Kept)
    for secret in (kept.key, token, token[4:]):
        assert secret not in caplog.text
