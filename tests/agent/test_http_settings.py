"""`POST /api/get_setting` of the agent."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from microsip_manager.agent.errors import DamagedIni
from tests.agent.conftest import Agent, problem_of

INI = "[Settings]\naccountId=1\ndenyIncoming=all\n[Account1]\nusername=485\npassword=hunter2\n"


def ask(agent: Agent, body: Any = None) -> TestResponse:
    agent.phone.ini_texts = [("C:\\MicroSIP\\MicroSIP.ini", INI)]
    return agent.http.post("/api/get_setting", json=body) if body is not None else agent.http.post("/api/get_setting")


@pytest.mark.parametrize("body", [{"name": "denyIncoming"}, {"section": "settings", "names": ["denyincoming"]}])
def test_one_by_name(agent: Agent, body: dict[str, Any]) -> None:
    told = ask(agent, body).json

    assert told is not None
    assert (told["hostname"], told["ini"], told["simulated"]) == ("NIKITA", "C:\\MicroSIP\\MicroSIP.ini", True)
    assert told["settings"]["denyIncoming"]["value"] == "all"


def test_all_without_a_body(agent: Agent) -> None:
    told = ask(agent).json

    assert told is not None
    assert len(told["settings"]) > 100


def test_a_password_is_named_and_withheld(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    response = ask(agent, {"section": "Account"})

    told = response.json
    assert told is not None
    assert told["settings"]["username"]["value"] == "485"
    assert told["settings"]["password"]["secret"] is True
    assert b"hunter2" not in response.data
    assert "hunter2" not in caplog.text
    assert "NIKITA: told" in caplog.text


def test_an_unknown_one_is_answered_with_the_nearest(agent: Agent) -> None:
    told = problem_of(ask(agent, {"name": "denyIncomming"}), 404, "unknown-setting")

    assert "did you mean 'denyIncoming'" in told.detail


def test_a_closed_microsip_and_a_damaged_ini_say_so(agent: Agent) -> None:
    agent.phone.ini_texts = []
    problem_of(agent.http.post("/api/get_setting"), 409, "not-running")

    agent.phone.error = DamagedIni("C:\\MicroSIP.ini: there is no such file")
    assert "no such file" in problem_of(agent.http.post("/api/get_setting"), 503, "ini-unreadable").detail


def test_a_question_for_another_pc_or_that_is_none_is_refused(agent: Agent) -> None:
    problem_of(ask(agent, {"hostname": "OLGA"}), 409, "wrong-client")
    assert "$.names" in problem_of(ask(agent, {"names": 5}), 422, "bad-message").detail
