"""The way to the servers, with transports that answer as they are told."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx2
import pytest

from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.agent.server_link import ServerLink, http_client
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.problems import ProblemCode, problem
from tests.contracts.test_call_store import call

BEAT = Heartbeat(hostname="NIKITA", extension="485", status=0)
FIRST, SECOND = "http://first:8083", "http://second:8083"

Answer = Callable[[httpx2.Request], httpx2.Response]


class Servers:
    """Answers by host name, and who was asked."""

    def __init__(self, **answers: Answer | httpx2.Response) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.last: httpx2.Request | None = None
        self.link = ServerLink(httpx2.Client(transport=httpx2.MockTransport(self._answer)), [FIRST, SECOND])

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.host)
        self.last = request
        answer = self.answers[request.url.host]
        return answer if isinstance(answer, httpx2.Response) else answer(request)


def no_route(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route", request=request)


def ok(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, content=b'{"status":"ok"}')


def refusing(code: ProblemCode, detail: str) -> Answer:
    told = problem(code, detail)
    return lambda _: httpx2.Response(told.status, content=told.encode())


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "microsip_manager")


def test_a_heartbeat_is_the_documented_message_at_the_documented_path() -> None:
    servers = Servers(first=ok)

    assert servers.link.send(BEAT)

    assert servers.last is not None
    assert str(servers.last.url) == "http://first:8083/api/heartbeat"
    assert json.loads(servers.last.content) == {"hostname": "NIKITA", "extension": "485", "status": 0}


def test_the_next_server_is_tried_when_one_does_not_answer_and_kept_while_it_does() -> None:
    servers = Servers(first=no_route, second=ok)

    assert servers.link.send(BEAT)
    assert servers.link.send(BEAT)

    assert servers.asked == ["first", "second", "second"]


def test_when_the_kept_one_falls_silent_the_list_is_tried_in_order() -> None:
    servers = Servers(first=no_route, second=ok)
    servers.link.send(BEAT)
    servers.answers = {"first": ok, "second": no_route}
    servers.asked.clear()

    assert servers.link.send(BEAT)

    assert servers.asked == ["second", "first"]


def test_a_server_error_or_a_redirect_is_no_answer() -> None:
    servers = Servers(first=httpx2.Response(503), second=httpx2.Response(302, headers={"Location": "http://evil/"}))

    assert not servers.link.send(BEAT)
    assert servers.asked == ["first", "second"]


def test_no_server_is_told_in_one_line_and_only_once(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers(first=no_route, second=no_route)

    results = [servers.link.send(BEAT) for _ in range(5)]

    assert results == [False] * 5
    (line,) = caplog.messages
    assert line.startswith("NIKITA: no server answers: http://first:8083 did not answer (ConnectError: no route); ")


def test_a_refusal_reaches_the_log_once_and_again_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    sentence = "This server is in protected mode and serves its own machine only; set OPEN_NETWORK=1 to lift that."
    servers = Servers(first=refusing(ProblemCode.PROTECTED_MODE, sentence))

    assert not servers.link.send(BEAT)
    assert not servers.link.send(BEAT)
    servers.answers["first"] = ok
    assert servers.link.send(BEAT)

    assert caplog.messages == [
        f"NIKITA: http://first:8083 refuses the heartbeats: {sentence}",
        "NIKITA: heartbeats go to http://first:8083",
    ]


def test_words_of_a_server_cannot_break_the_log(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers(first=refusing(ProblemCode.BAD_MESSAGE, "no\nERROR forged line\x1b[31m " + "x" * 600))

    servers.link.send(BEAT)

    (line,) = caplog.messages
    assert line.isprintable()
    assert len(line) < 600


def test_a_refusal_that_is_not_one_of_ours_shows_its_status(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers(first=httpx2.Response(404, html="<h1>nginx</h1>"))

    servers.link.send(BEAT)

    assert caplog.messages == ["NIKITA: http://first:8083 refuses the heartbeats: 404 Not Found"]


def test_an_endless_answer_is_cut_off() -> None:
    servers = Servers(first=lambda _: httpx2.Response(200, stream=Endless()), second=ok)

    assert servers.link.send(BEAT)
    assert servers.asked == ["first", "second"]


class Endless(httpx2.SyncByteStream):
    def __iter__(self):  # type: ignore[no-untyped-def] # the base class says it all
        while True:
            yield b"x" * 4096


def test_the_real_client_goes_straight_to_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with http_client(10) as client:
        assert client.follow_redirects is False
        assert client.trust_env is False
        assert client.timeout == httpx2.Timeout(10, connect=3)


def taken(*ids: str) -> Answer:
    return lambda _: httpx2.Response(200, content=json.dumps({"committed": ids}).encode())


def test_calls_are_the_documented_message_at_the_documented_path() -> None:
    servers = Servers(first=taken(call().id))

    assert servers.link.report([call()]) == {call().id}

    assert servers.last is not None
    assert str(servers.last.url) == "http://first:8083/api/calls"
    assert [each["id"] for each in json.loads(servers.last.content)] == [call().id]


def test_calls_go_where_the_heartbeats_go_and_else_to_the_next_server() -> None:
    servers = Servers(first=no_route, second=ok)
    servers.link.send(BEAT)
    servers.answers = {"first": ok, "second": taken(call().id)}
    servers.asked.clear()

    servers.link.report([call()])
    servers.answers = {"first": taken(call().id), "second": no_route}
    servers.link.report([call()])

    assert servers.asked == ["second", "second", "first"]


@pytest.mark.parametrize(
    ("answer", "words", "unreadable"),
    [
        (no_route, "no server answers: http://first:8083 did not answer (ConnectError: no route)", False),
        (httpx2.Response(503), "answered 503", False),
        (httpx2.Response(302, headers={"Location": "http://evil/"}), "answered 302", False),
        (httpx2.Response(200, content=b"<h1>nginx</h1>"), "an answer that is not one of ours", False),
        (refusing(ProblemCode.PROTECTED_MODE, "its own machine only"), "refuses them: its own machine only", False),
        (refusing(ProblemCode.BAD_MESSAGE, "at `$[0].number`"), "refuses them: at `$[0].number`", True),
        (refusing(ProblemCode.TOO_LARGE, "too large"), "refuses them: too large", True),
    ],
)
def test_calls_that_nobody_takes_are_told_with_the_reason(
    answer: Answer | httpx2.Response, words: str, unreadable: bool
) -> None:
    servers = Servers(first=answer, second=no_route)

    with pytest.raises(CallsNotTaken) as raised:
        servers.link.report([call()])

    assert words in str(raised.value)
    assert raised.value.unreadable is unreadable
