"""Header injection and log injection: what comes over the network forges no header and no line."""

from __future__ import annotations

import itertools
import logging
from urllib.parse import quote

import httpx2
import pytest
from starlette.testclient import TestClient

from microsip_manager.logs import OneLineFormatter
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of, caller_of
from tests.server.identity.test_guard import made

pytestmark = pytest.mark.thorough

SPLIT = "x\r\nSet-Cookie: microsip=planted\r\n\r\n<script>"
ESCAPES = "\x1b[2J\x1b]0;owned\x07\u202eevil\u2028"
FORGED = f"x\n2026-03-02 12:00:00 INFO    server: all is well{ESCAPES}"
HOSTILE = [SPLIT, FORGED, "x\r", "x\x00", "x\x85y", "x\u2029y"]

PATHS = (
    "/api/clients/{}",
    "/api/clients/{}/set_dnd",
    "/api/groups/{}",
    "/api/schedules/{}",
    "/api/users/{}",
    "/api/tokens/{}",
    "/api/agents/{}",
    "/directory/{}/directory.json",
    "/client/{}",
    "/static/{}",
    "/{}",
)
QUERIES = (
    "/api/calls?cursor={}",
    "/api/calls?from={}",
    "/api/calls?hostname={}",
    "/api/calls?{}=1",
    "/api/audit?who={}",
    "/api/stats?tz={}",
    "/sign-in?next={}",
)
HEADERS = (b"authorization", b"cookie", b"origin", b"x-csrf-token", b"accept-language", b"if-match", b"host")
VALUES = (b"Bearer \x1b[2J\xff\xfe", b"microsip=\x1b]0;owned\x07; language=\xe2\x80\xae", b"\x85\xa0" * 100)


def is_clean(answer: httpx2.Response) -> bool:
    """No header of it has a second line, and none is one of the attacker's."""
    return "set-cookie" not in answer.headers and all(value.isprintable() for value in answer.headers.values())


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_text_of_an_address_becomes_a_header_or_a_line(
    services: Services, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for caller in (caller_of(services), caller_of(services, "192.0.2.66", called="192.0.2.1")):
        for path, text in itertools.product([*PATHS, *QUERIES], HOSTILE):
            answer = caller.request(method, path.format(quote(text, safe="")), follow_redirects=False)

            assert answer.status_code < 500, answer.text
            assert is_clean(answer)
    assert lines_of(caplog) == len(caplog.records)


def test_no_header_of_a_request_becomes_one_of_the_answer_or_a_line(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = caller_of(services)
    made(api, "admin")
    for header, value, path in itertools.product(HEADERS, VALUES, ("/", "/api/clients", "/api/heartbeat")):
        answer = api.post(path, headers={header: value})

        assert answer.status_code < 500
        assert is_clean(answer)
    assert lines_of(caplog) == len(caplog.records)


@pytest.mark.parametrize("field", ["hostname", "extension", "agent_version"])
def test_an_agent_cannot_bring_control_characters_in(api: TestClient, field: str) -> None:
    for text in HOSTILE:
        answer = api.post("/api/heartbeat", json={"hostname": "NIKITA", "extension": "485", "status": 0, field: text})

        assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")
        assert text not in answer.text


def test_what_an_agent_says_of_its_failure_is_one_line_of_the_log(
    api: TestClient, fleet: Fleet, agents: FakeAgents, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    agents.silent["NIKITA"] = FORGED
    caplog.set_level(logging.DEBUG)

    api.post("/api/clients/NIKITA/set_dnd?enabled=true")

    assert lines_of(caplog) == len(caplog.records)


def test_who_signs_in_by_a_name_made_of_lines_writes_none(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    made(caller_of(services), "admin")
    caplog.set_level(logging.DEBUG)

    answer = caller_of(services).post("/api/session", json={"name": FORGED, "password": FORGED})

    assert answer.status_code == 422
    assert lines_of(caplog) == len(caplog.records)


def lines_of(caplog: pytest.LogCaptureFixture) -> int:
    """How many lines the log has that look like events, none of them with anything that a terminal obeys."""
    formatter = OneLineFormatter()
    lines = "\n".join(formatter.format(record) for record in caplog.records).splitlines()
    events = [line for line in lines if not line.startswith("  | ") and not line.startswith("Traceback")]
    assert all(line.isprintable() for line in lines)
    return len(events)
