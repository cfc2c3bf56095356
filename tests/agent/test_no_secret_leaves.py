"""Secrets planted everywhere in an ini come out nowhere."""

from __future__ import annotations

import pytest

from microsip_manager.agent.boundaries import PhoneIni
from microsip_manager.agent.errors import DamagedIni
from microsip_manager.agent.known_settings import shown_deny_incoming
from microsip_manager.agent.microsip_ini import Ini, parsed, read_ini
from microsip_manager.agent.setting_answers import answers_of
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.wire.codec import encode
from microsip_manager.wire.phone_settings import GetSetting
from tests.agent.conftest import Agent
from tests.fakes.secret_ini import FREE_TEXT, SECRET, SHAPES, secret_ini

SECTIONS = ["Settings", "Account", "Account1", "Account2", "Shortcuts", "Calls", "Dialed", "Elsewhere"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("section", SECTIONS)
def test_not_in_any_answer_or_log(agent: Agent, caplog: pytest.LogCaptureFixture, shape: str, section: str) -> None:
    caplog.set_level("DEBUG")
    agent.phone.ini_texts = [("C:\\MicroSIP.ini", secret_ini(SHAPES[shape]))]

    whole = agent.http.post("/api/get_setting", json={"section": section})
    by_name = [
        agent.http.post("/api/get_setting", json={"section": section, "name": name})
        for name in [*(whole.json or {})["settings"], "passwort", "apiKeyy"]
    ]

    assert whole.status_code == 200
    assert {answer.status_code for answer in by_name} == {200, 404}
    assert not [answer.data for answer in (whole, *by_name) if SECRET.encode() in answer.data]
    assert SECRET not in caplog.text


def test_a_bare_word_is_told_only_where_administrators_need_names() -> None:
    ini = PhoneIni("x.ini", Ini(secret_ini(SECRET, {"accountId": "1"})))

    told = {
        name
        for section in SECTIONS
        for name, value in answers_of([ini], GetSetting(section))[0].settings.items()
        if SECRET in (value.value or "")
    }

    assert told == FREE_TEXT


@pytest.mark.parametrize("shape", SHAPES)
def test_not_in_what_is_said_of_a_damaged_ini(shape: str) -> None:
    text = secret_ini(SHAPES[shape], {})

    with pytest.raises(DamagedIni) as error:
        read_ini(text.encode(), "cp1251")
    with pytest.raises(DamagedIni) as of_settings:
        answers_of([PhoneIni("x.ini", parsed(text.encode(), "cp1251"))], GetSetting("Account"))

    assert SECRET not in f"{error.value} {of_settings.value}"


@pytest.mark.parametrize("shape", SHAPES)
def test_not_in_the_reason_for_a_missing_button(shape: str) -> None:
    phone = SimulatedPhone()
    phone.deny(SHAPES[shape])

    assert SECRET not in f"{phone.look()} {phone.set_dnd(True)} {shown_deny_incoming(SHAPES[shape])}"


def test_not_in_what_a_debugger_or_a_traceback_prints() -> None:
    found = PhoneIni("x.ini", Ini(secret_ini(SECRET)))

    assert SECRET not in f"{found!r} {found.ini!r} {found}"
    assert SECRET not in repr(encode(answers_of([found], GetSetting(name="DND"))))
