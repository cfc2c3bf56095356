"""`doctor`: what it finds and what it advises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from microsip_manager import __version__
from microsip_manager.cli.main import main
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, SECOND, Office, answer_of, refusal

AGENT = "http://127.0.0.1:8084"


@pytest.fixture
def office() -> Office:
    made = Office(down={AGENT})
    made.more["/openapi.json"] = lambda _: openapi()
    return made


def openapi(version: str = __version__, apart: timedelta = timedelta()) -> httpx2.Response:
    return answer_of({"info": {"version": version}}, date=format_datetime(datetime.now(UTC) + apart, usegmt=True))


def findings(office: Office, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["--server", FIRST, "--server", SECOND, "doctor", "--json"], office.transport)
    return code, {row["what"]: row for row in json.loads(capsys.readouterr().out)}


def test_all_is_well(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = findings(office, capsys)

    assert code == 0
    assert found[FIRST]["said"] == f"answers, version {__version__}"
    assert found[f"clock of {FIRST}"]["ok"]
    assert found[f"agent of this PC, {AGENT}"]["said"] == "none runs here"
    assert not any(row["advice"] for row in found.values())


def test_a_silent_server_comes_with_advice_and_others_still_count(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.down.add(FIRST)
    code, found = findings(office, capsys)

    assert code == 1
    assert "Connection refused" in found[FIRST]["said"]
    assert "firewall" in found[FIRST]["advice"]

    office.down.add(SECOND)
    assert findings(office, capsys)[0] == 3


def test_protected_mode_is_explained(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.more["/openapi.json"] = lambda _: refusal(ProblemCode.PROTECTED_MODE, "not you")
    code, found = findings(office, capsys)

    assert code == 3
    assert "protected mode" in found[FIRST]["said"]
    assert "OPEN_NETWORK=1" in found[FIRST]["advice"]


def test_a_clock_that_is_wrong_and_another_version(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.more["/openapi.json"] = lambda _: openapi("9.9.9", timedelta(hours=-1))
    code, found = findings(office, capsys)

    assert code == 1
    assert "time server" in found[f"clock of {FIRST}"]["advice"]
    assert "update the older" in found[FIRST]["advice"]


def test_something_else_on_the_port_is_seen(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.down.clear()
    office.more["/openapi.json"] = lambda _: httpx2.Response(200, content=b"<html>")
    office.more["/health"] = lambda _: answer_of({"hostname": "NIKITA", "agent_version": "0.1.0"})
    code, found = findings(office, capsys)

    assert code == 3
    assert "Something else" in found[FIRST]["advice"]
    assert found[f"agent of this PC, {AGENT}"]["said"] == "runs as NIKITA, version 0.1.0"


def test_a_bad_setting_is_a_finding(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TIMEOUT", "soon")

    assert main(["doctor"], office.transport) == 2
    assert "API_TIMEOUT is 'soon'" in capsys.readouterr().out


def test_a_server_that_wants_a_token_is_told_apart_from_one_that_is_not_there(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.more["/openapi.json"] = lambda _: refusal(ProblemCode.NOT_SIGNED_IN, "Sign in, or send a token.")

    main(["--server", FIRST, "doctor"], office.transport)

    said = capsys.readouterr().out
    assert "wants to know who asks" in said
    assert "API_TOKEN" in said


def test_the_token_is_shown_to_servers_and_not_to_whoever_listens_at_the_agents_port(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_TOKEN", "mmt_of_an_administrator")
    monkeypatch.setenv("ALLOW_PLAINTEXT", "1")
    office.down.clear()

    main(["--server", FIRST, "doctor"], office.transport)

    shown = {request.url.port: request.headers.get("authorization") for request in office.asked}
    assert shown == {8083: "Bearer mmt_of_an_administrator", 8084: None}
