"""The way to the servers, with servers that answer as they are told and a clock moved by hand."""

from __future__ import annotations

import json

import pytest

from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.agent.http_client import Answer, NoAnswer
from microsip_manager.agent.server_choice import Pace
from microsip_manager.agent.server_link import FAREWELL_SECONDS, NoServer, Refused, ServerLink
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.problems import ProblemCode, problem
from tests.contracts.test_call_store import call
from tests.fakes.clock import HandClock

BEAT = Heartbeat(hostname="NIKITA", extension="485", status=0)
FIRST, SECOND, THIRD = "http://first:8083", "http://second:8083", "http://third:8083"
OK = Answer(200, b'{"status":"ok"}')
NO_ROUTE = NoAnswer("did not answer (ConnectionRefusedError: no route)")


def refusing(code: ProblemCode, detail: str) -> Answer:
    told = problem(code, detail)
    return Answer(told.status, told.encode())


class Servers:
    """Answer by their names, and remember who was asked."""

    def __init__(self, **answers: Answer | NoAnswer) -> None:
        self.answers = {"first": OK, "second": OK, "third": OK, **answers}
        self.asked: list[str] = []
        self.probed: list[str] = []
        self.last: tuple[str, str, bytes | None, float] = ("", "", None, 0.0)
        self.clock = HandClock()
        self.link = ServerLink(self, [FIRST, SECOND, THIRD], self.clock, seconds=7.0, pace=Pace(), chance=lambda: 0.0)

    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float) -> Answer:
        name = server.removeprefix("http://").removesuffix(":8083")
        (self.asked if method == "POST" else self.probed).append(name)
        if method == "POST":
            self.last = (server, path, body, seconds)
        answer = self.answers[name]
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def asked_now(self) -> list[str]:
        """Who was asked by the next heartbeat."""
        self.asked.clear()
        self.link.send(BEAT)
        return list(self.asked)


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "microsip_manager")


def test_a_heartbeat_is_the_documented_message_at_the_documented_path() -> None:
    servers = Servers()

    assert servers.link.send(BEAT)

    server, path, body, seconds = servers.last
    assert (server, path, seconds) == (FIRST, "/api/heartbeat", 7.0)
    assert json.loads(body or b"") == {"hostname": "NIKITA", "extension": "485", "status": 0}


def test_a_farewell_says_that_it_is_one_and_does_not_wait_long() -> None:
    servers = Servers()

    servers.link.send(Heartbeat("NIKITA", "485", 1, running=False))

    _, _, body, seconds = servers.last
    assert json.loads(body or b"") == {"hostname": "NIKITA", "extension": "485", "status": 1, "running": False}
    assert seconds == FAREWELL_SECONDS


def test_each_answer_that_takes_something_tells_the_servers_clock() -> None:
    heard: list[tuple[str, float]] = []
    servers = Servers(first=Answer(500, b"", "then"), second=Answer(200, b"", "now"))
    servers.link = ServerLink(
        servers, [FIRST, SECOND], servers.clock, seconds=7.0, pace=Pace(), heard_date=lambda *told: heard.append(told)
    )

    servers.link.send(BEAT)

    assert heard == [("now", servers.clock.monotonic())]


def test_the_time_is_asked_of_the_first_server_that_is_there() -> None:
    heard: list[str] = []
    servers = Servers(first=NO_ROUTE, second=Answer(200, b"", "now"))
    servers.link = ServerLink(
        servers,
        [FIRST, SECOND, THIRD],
        servers.clock,
        seconds=7.0,
        pace=Pace(),
        heard_date=lambda date, asked: heard.append(date),
    )

    servers.link.ask_the_time()

    assert heard == ["now"]
    assert servers.probed == ["first", "second"]


def test_the_next_server_is_tried_at_once_and_kept_while_the_better_one_is_down() -> None:
    servers = Servers(first=NO_ROUTE)

    assert servers.asked_now() == ["first", "second"]
    assert servers.asked_now() == ["second"]
    assert servers.link.current() == SECOND


def test_when_the_kept_one_fails_nobody_is_spared_whatever_he_did_before() -> None:
    servers = Servers(first=NO_ROUTE, second=NO_ROUTE)
    servers.link.send(BEAT)
    servers.answers = {"first": NO_ROUTE, "second": OK, "third": NO_ROUTE}

    assert servers.asked_now() == ["third", "first", "second"]
    assert servers.link.current() == SECOND


@pytest.mark.parametrize(
    "trouble",
    [Answer(503, b""), Answer(302, b""), refusing(ProblemCode.PROTECTED_MODE, "Not you."), Answer(404, b"<h1>")],
)
def test_an_error_a_redirect_and_a_refusal_move_it_on_too(trouble: Answer) -> None:
    servers = Servers(first=trouble)

    assert servers.asked_now() == ["first", "second"]
    assert servers.link.current() == SECOND


def test_while_nobody_answers_the_servers_are_left_alone_longer_each_time() -> None:
    servers = Servers(first=NO_ROUTE, second=NO_ROUTE, third=NO_ROUTE)
    start, asked_at = servers.clock.monotonic(), []
    for _ in range(6):
        assert not servers.link.send(BEAT)
        asked_at.append(servers.clock.monotonic() - start)
        assert servers.asked_now() == []
        servers.clock.forward(servers.link.again_at() - servers.clock.monotonic())

    assert asked_at == [0, 1, 3, 7, 15, 29]
    assert len(servers.asked) == 0


def test_a_better_one_is_returned_to_after_a_minute_of_health() -> None:
    servers = Servers(first=NO_ROUTE)
    servers.link.send(BEAT)
    servers.answers["first"] = OK
    start, returned = servers.clock.monotonic(), 0.0
    while not returned:
        servers.clock.forward(1)
        if servers.asked_now() == ["first"]:
            returned = servers.clock.monotonic() - start

    assert 60 <= returned <= 63
    assert servers.link.current() == FIRST
    assert len(servers.probed) == 6


def test_a_better_one_that_fails_meanwhile_starts_its_minute_anew() -> None:
    servers = Servers(first=NO_ROUTE)
    servers.link.send(BEAT)
    servers.answers["first"] = OK
    for second in range(100):
        servers.answers["first"] = NO_ROUTE if second in range(40, 60) else OK
        servers.clock.forward(1)
        assert servers.asked_now() == ["second"], second

    assert servers.probed


def test_a_server_that_is_well_but_refuses_does_not_lose_a_heartbeat() -> None:
    servers = Servers(first=NO_ROUTE)
    servers.link.send(BEAT)
    servers.answers["first"] = OK
    for _ in range(60):
        servers.clock.forward(1)
        servers.link.send(BEAT)
    servers.answers["first"] = refusing(ProblemCode.PROTECTED_MODE, "Not you.")
    servers.clock.forward(2)

    assert servers.asked_now() == ["first", "second"]
    assert servers.link.current() == SECOND


def test_no_server_is_told_in_one_line_and_only_once(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers(first=NO_ROUTE, second=Answer(503, b""), third=refusing(ProblemCode.PROTECTED_MODE, "Not you."))

    for _ in range(5):
        assert not servers.link.send(BEAT)
        servers.clock.forward(20)

    assert caplog.messages == [
        f"NIKITA: no server takes the heartbeats: {FIRST} did not answer (ConnectionRefusedError: no route); "
        f"{SECOND} answered 503; {THIRD} refuses them: Not you."
    ]


def test_where_the_heartbeats_go_is_told_once_per_change(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers()
    servers.link.send(BEAT)
    servers.link.send(BEAT)
    servers.answers["first"] = NO_ROUTE
    servers.link.send(BEAT)

    assert caplog.messages == [f"NIKITA: heartbeats go to {FIRST}", f"NIKITA: heartbeats go to {SECOND}"]


def test_words_of_a_server_cannot_break_the_log(caplog: pytest.LogCaptureFixture) -> None:
    hostile = refusing(ProblemCode.BAD_MESSAGE, "no\nERROR forged line\x1b[31m " + "x" * 600)
    servers = Servers(first=hostile, second=hostile, third=NO_ROUTE)

    servers.link.send(BEAT)

    (line,) = caplog.messages
    assert line.isprintable()
    assert len(line) < 1300


def test_a_refusal_that_is_not_one_of_ours_shows_its_status(caplog: pytest.LogCaptureFixture) -> None:
    nginx = Answer(404, b"<h1>nginx</h1>")

    Servers(first=nginx, second=nginx, third=nginx).link.send(BEAT)

    assert f"{FIRST} refuses them: 404 Not Found" in caplog.messages[0]


def test_what_is_posted_goes_where_the_agent_is_and_the_answer_comes_back() -> None:
    servers = Servers(first=NO_ROUTE)
    servers.link.send(BEAT)

    assert servers.link.post("/api/calls", b"[]") == (SECOND, OK.body)
    assert servers.last[:3] == (SECOND, "/api/calls", b"[]")


def test_a_post_moves_on_at_once_and_takes_the_heartbeats_with_it() -> None:
    servers = Servers()
    servers.link.send(BEAT)
    servers.answers["first"] = NO_ROUTE

    servers.link.post("/api/calls", b"[]")

    assert servers.asked_now() == ["second"]


@pytest.mark.parametrize("status", [413, 422, 500])
def test_a_post_at_fault_itself_is_told_and_moves_nothing(status: int) -> None:
    servers = Servers(first=Answer(status, problem(ProblemCode.BAD_MESSAGE, "at `$.key`").encode()))

    with pytest.raises(Refused, match=r"http://first:8083 refuses it: at `\$\.key`") as caught:
        servers.link.post("/api/calls", b"[]")

    assert caught.value.status == status
    assert servers.asked == ["first"]
    assert servers.link.current() == FIRST


def test_a_post_that_nobody_takes_says_what_each_server_does() -> None:
    servers = Servers(first=NO_ROUTE, second=NO_ROUTE, third=Answer(503, b""))

    with pytest.raises(NoServer, match=r"first.*; .*second.*; http://third:8083 answered 503"):
        servers.link.post("/api/calls", b"[]")


FULL_DISK = refusing(ProblemCode.NOT_READY, "The database takes nothing.")


def test_a_server_that_takes_no_calls_still_gets_the_heartbeats_and_the_log_stays_true(
    caplog: pytest.LogCaptureFixture,
) -> None:
    servers = Servers(second=NO_ROUTE, third=NO_ROUTE)
    servers.link.send(BEAT)
    for _ in range(3):
        servers.answers["first"] = FULL_DISK
        with pytest.raises(NoServer, match=f"{FIRST} answered 503; {SECOND} did not answer"):
            servers.link.post("/api/calls", b"[]")
        servers.answers["first"] = OK

        assert servers.asked_now() == ["first"]

    assert caplog.messages == [f"NIKITA: heartbeats go to {FIRST}"]


def test_calls_that_the_own_server_cannot_take_go_to_the_next_and_the_agent_stays() -> None:
    servers = Servers()
    servers.link.send(BEAT)
    servers.answers["first"] = FULL_DISK

    assert servers.link.post("/api/calls", b"[]") == (SECOND, OK.body)

    assert servers.link.current() == FIRST
    servers.answers["first"] = OK
    assert servers.link.post("/api/calls", b"[]") == (FIRST, OK.body)


def test_heartbeats_that_nobody_takes_are_not_blamed_on_calls(caplog: pytest.LogCaptureFixture) -> None:
    servers = Servers(first=FULL_DISK, second=NO_ROUTE, third=NO_ROUTE)
    with pytest.raises(NoServer):
        servers.link.post("/api/calls", b"[]")
    servers.answers["first"] = NO_ROUTE

    assert not servers.link.send(BEAT)

    assert f"{FIRST} did not answer" in caplog.messages[-1]


def taken(*ids: str) -> Answer:
    return Answer(200, json.dumps({"committed": ids}).encode())


def test_calls_are_the_documented_message_at_the_documented_path() -> None:
    servers = Servers(first=taken(call().id))

    assert servers.link.report([call()]) == {call().id}

    server, path, body, _ = servers.last
    assert (server, path) == (FIRST, "/api/calls")
    assert [each["id"] for each in json.loads(body or b"")] == [call().id]


@pytest.mark.parametrize(
    ("answer", "words", "unreadable"),
    [
        (NO_ROUTE, "no server takes them: http://first:8083 did not answer (ConnectionRefusedError: no route)", False),
        (Answer(503, b""), "http://first:8083 answered 503", False),
        (Answer(302, b""), "http://first:8083 refuses it: 302 Found", False),
        (Answer(200, b"<h1>nginx</h1>"), "http://first:8083 gave an answer that is not one of ours", False),
        (refusing(ProblemCode.PROTECTED_MODE, "its own machine only"), "refuses it: its own machine only", False),
        (refusing(ProblemCode.BAD_MESSAGE, "at `$[0].number`"), "refuses it: at `$[0].number`", True),
        (refusing(ProblemCode.TOO_LARGE, "too large"), "refuses it: too large", True),
    ],
)
def test_calls_that_nobody_takes_are_told_with_the_reason(
    answer: Answer | NoAnswer, words: str, unreadable: bool
) -> None:
    servers = Servers(first=answer, second=NO_ROUTE, third=NO_ROUTE)

    with pytest.raises(CallsNotTaken) as raised:
        servers.link.report([call()])

    assert words in str(raised.value)
    assert raised.value.unreadable is unreadable
