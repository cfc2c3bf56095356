"""Generated requests, good and bad, against a real server: every answer is one the OpenAPI document promises.

The one PC that is known, NIKITA, is off: what is valid is answered with 504, what is not with 4xx all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

from microsip_manager.cli.access_client import AccessClient
from microsip_manager.server.app import create_api
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.paths import CLIENTS, DISPLAY_MESSAGE_TO_MANY, EVENTS, SET_DND_OF_MANY, WALL, WEBHOOKS
from microsip_manager.wire.problems import CONTENT_TYPE, STATUS_OF, ProblemCode, decode_problem
from tests.fakes.services import fake_services
from tests.fleet.processes import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("server")
    started = Server.start(folder)
    started.beat("NIKITA")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def document() -> dict[str, Any]:
    return create_api(fake_services()).openapi()


REJECTIONS = ["4xx"]
"""How invalid data must be answered. Always: it is looked at before any PC is asked, so no 504 comes first."""

promised = schemathesis.openapi.from_dict(
    document(),
    config=schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REJECTIONS}}}),
)


ACCESS = "^/api/(setup|session|users|tokens)"
"""What ends protected mode, and what only makes sense after it."""


@promised.exclude(path=[EVENTS, WALL]).exclude(path=WEBHOOKS, method="POST").exclude(path_regex=ACCESS).parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_promised(case: schemathesis.Case[Any], server: Server) -> None:
    # Without the streams of events, which have no end; without new webhooks, which would lead to whoever bears some
    # name; and without new tokens, after which all others would need one. Left out: that whatever fits the schema is
    # accepted (a client nobody has heard of is not, nor are two contradicting wishes), and that no status is above 499
    # (504 is promised for a PC that is off).
    excluded: list[Any] = [positive_data_acceptance, not_a_server_error]
    if case.path in (SET_DND_OF_MANY, DISPLAY_MESSAGE_TO_MANY):
        # It is also the path of a client of this name, who may be looked at with a method that is not the command's.
        excluded.append(allow_header_conformance)
    if case.path == CLIENTS:
        # A label of any text is legal, so the text of whatever is no text is a label as well.
        excluded.append(negative_data_rejection)
    check(case.call_and_validate(base_url=server.url, excluded_checks=excluded))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that was set up, and a token of its administrator."""
    server = Server.start(tmp_path_factory.mktemp("guarded"))
    access = AccessClient([server.url], 10)
    access.set_up("anna", "correct horse battery staple")
    access.sign_in("anna", "correct horse battery staple")
    token = access.make_token({"name": "of this test", "role": "admin"}).token
    access.close()
    yield server, token
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said()


@promised.include(path_regex=ACCESS).parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_about_access_is_one_that_is_promised(
    case: schemathesis.Case[Any], guarded: tuple[Server, str]
) -> None:
    server, token = guarded
    excluded: list[Any] = [positive_data_acceptance, not_a_server_error]
    shown = {"Authorization": f"Bearer {token}"}
    check(case.call_and_validate(base_url=server.url, headers=shown, excluded_checks=excluded))


def check(answer: schemathesis.Response) -> None:
    """An error is one of ours, and not one of our making."""
    if answer.status_code >= 400:
        told = decode_problem(answer.content)
        assert answer.headers["content-type"] == [CONTENT_TYPE]
        assert answer.status_code == told.status == STATUS_OF[ProblemCode(told.code)]
        assert told.code != ProblemCode.INTERNAL.value
        assert told.detail


INVALID = [
    ("POST", "/api/clients/NIKITA/set_dnd?enabled=perhaps", b"", 422),
    ("POST", "/api/clients/NIKITA/set_dnd", b'{"enabled": 1}', 422),
    ("POST", "/api/clients/NIKITA/set_dnd?enabled=true", b'{"enabled": false}', 422),
    ("POST", "/api/clients/NIKITA/set_dnd", b" " * (COMMAND_LIMIT + 1), 413),
    ("POST", "/api/clients/NIKITA/get_setting", b'{"names": [5]}', 422),
    ("POST", "/api/clients/NIKITA/display_message", b'{"text": ""}', 422),
    ("POST", "/api/clients/NIKITA/display_message", b"\xff", 422),
    ("GET", "/api/clients/NIKITA/messages/x", b"", 422),
    ("GET", "/api/clients/%00/status", b"", 404),
    ("POST", "/api/heartbeat", b'{"hostname": "N", "extension": "1", "status": 2}', 422),
    ("POST", "/api/calls", b"[{}]", 422),
    ("GET", "/api/calls?cursor=x", b"", 422),
    ("GET", "/api/calls?limit=0", b"", 422),
    ("GET", "/api/stats?tz=x", b"", 422),
    ("DELETE", "/api/clients", b"", 405),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), INVALID)
def test_what_is_invalid_is_refused_though_the_pc_is_off(
    server: Server, method: str, path: str, body: bytes, status: int
) -> None:
    answer = requests.request(method, f"{server.url}{path}", data=body, timeout=30)

    assert (answer.status_code, answer.headers["content-type"]) == (status, CONTENT_TYPE)
    assert decode_problem(answer.content).status == status
