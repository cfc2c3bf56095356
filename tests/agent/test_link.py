"""The link of an agent: opened, used, lost, and opened again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec import Raw

from microsip_manager.agent.environ_keys import READ_AT
from microsip_manager.agent.link import Link
from microsip_manager.agent.link_commands import switched
from microsip_manager.agent.link_socket import LinkEnded, NoLinkThere, NoServerThere
from microsip_manager.settings import LINK_ALWAYS, LINK_AWAKE, LINK_OFF
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Answer, Ask, Beat, CloseCode, Heard, Report, decode_from_agent
from tests.fakes.clock import HandClock

ASLEEP = Heartbeat("NIKITA", "", 0, running=False)
ONLINE = Heartbeat("NIKITA", "485", 0)
DND = Heartbeat("NIKITA", "485", 1)
FIRST, SECOND = "http://192.0.2.1:8083", "http://192.0.2.2:8083"


class Socket:
    """A WebSocket whose server follows a script: texts, pauses of the clock, and the end."""

    def __init__(self, clock: HandClock, script: Iterable[str | float | Callable[[], object]] = ()) -> None:
        self._clock = clock
        self._script = iter(script)
        self.sent: list[Any] = []
        self.answered = threading.Event()
        self.closed: CloseCode | None = None
        self.was_ended = False

    def send(self, text: str) -> None:
        message = decode_from_agent(text)
        self.sent.append(message)
        if isinstance(message, Answer):
            self.answered.set()

    def receive(self, seconds: float) -> str | None:
        step = next(self._script, None)
        if step is None:
            raise LinkEnded("the script is over")
        if isinstance(step, str):
            return step
        if callable(step):
            step()
            return None
        self._clock.forward(min(step, seconds))
        return None

    def close(self, code: CloseCode) -> None:
        self.closed = code

    def end(self) -> None:
        self.was_ended = True


class Servers:
    """The plain way to two servers."""

    def __init__(self) -> None:
        self.up: list[str] = [FIRST, SECOND]
        self.sent: list[Heartbeat] = []
        self.taken_by: list[str] = []
        self.probes = 0
        self.nobody = False

    def send(self, beat: Heartbeat) -> bool:
        self.sent.append(beat)
        return True

    def again_at(self) -> float:
        return 1001.5

    def in_turn(self) -> list[str]:
        return list(self.up)

    def has_better(self, server: str) -> bool:
        return server != self.up[0]

    def took(self, server: str) -> None:
        self.taken_by.append(server)

    def failed(self, server: str, why: str) -> None:
        self.up.remove(server)

    def nobody_took(self) -> None:
        self.nobody = True

    def probe(self) -> None:
        self.probes += 1


class Bench:
    """A link with everything around it. `opens` are the sockets, or the failures, that tries meet."""

    def __init__(self, opens: list[Socket | Exception], clock: HandClock, use: str = LINK_ALWAYS) -> None:
        self.servers = Servers()
        self.opens = opens
        self.opened: list[str] = []
        self.pauses: list[float] = []
        self.requests: list[dict[str, Any]] = []
        self.answer = b'{"outcome":"applied"}'
        self.before_each_request: Callable[[], object] = lambda: None
        self.tries = len(opens)
        self.link = Link(
            self.servers,
            ASLEEP,
            self._app,
            clock,
            open_link=self._open,  # type: ignore[arg-type]  # a socket that follows a script
            use=use,
            interval=7.0,
            seconds=7.0,
            wait=self._wait,
            chance=lambda: 0.5,
        )

    def run(self) -> None:
        self.link.run()

    def _open(self, server: str, seconds: float) -> Socket:
        self.opened.append(server)
        found = self.opens.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def _wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) > self.tries

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.before_each_request()
        self.requests.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", [])
        return [self.answer[:11], self.answer[11:]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


HEARD = encode(Heard(1000.0)).decode()


def ask(deadline: float) -> str:
    return encode(Ask("c1", "POST", "/api/set_dnd", deadline, Raw(b'{"enabled":true}'))).decode()


def test_a_link_begins_with_a_report_and_is_kept_alive_while_microsip_is_closed(clock: HandClock) -> None:
    socket = Socket(clock, [HEARD, 21.0, HEARD, 21.0, HEARD])
    bench = Bench([socket], clock)

    bench.run()

    assert socket.sent == [Report(ASLEEP), Beat(), Beat()]
    assert set(bench.servers.taken_by) == {FIRST}
    assert bench.servers.probes == 2, "a better server would show a sleeping PC as lost"


def test_heartbeats_go_over_the_link_while_it_is_up_and_by_http_while_it_is_not(clock: HandClock) -> None:
    bench: Bench
    socket = Socket(clock, [HEARD, lambda: bench.link.send(ONLINE), lambda: bench.link.send(ONLINE)])
    bench = Bench([socket], clock)

    bench.run()
    bench.link.send(ONLINE)

    assert socket.sent == [Report(ASLEEP), Report(ONLINE), Beat()]
    assert bench.servers.sent == [ONLINE]
    assert bench.servers.probes == 2


def test_a_server_that_falls_silent_loses_the_link(clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    socket = Socket(clock, [3.0, 3.0, 3.0, 3.0])
    bench = Bench([socket], clock)

    bench.run()

    assert socket.was_ended
    assert clock.monotonic() == 1007.0
    assert "was silent for 7 s" in caplog.text
    assert bench.pauses[-1] == 0.5 * 7.0 / 2, "after a pause drawn by chance"


def test_a_command_is_carried_out_by_the_agents_own_api(clock: HandClock) -> None:
    socket: Socket
    socket = Socket(clock, [HEARD, ask(deadline=1010.0), lambda: socket.answered.wait(5)])
    bench = Bench([socket], clock)

    bench.run()

    assert socket.sent[-1] == Answer("c1", 200, Raw(b'{"outcome":"applied"}'))
    (request,) = bench.requests
    assert (request["REQUEST_METHOD"], request["PATH_INFO"]) == ("POST", "/api/set_dnd")
    assert request["body"] == b'{"enabled":true}'
    assert (request[READ_AT], request["HTTP_COMMAND_SECONDS"]) == (clock.monotonic(), "9.9"), "it may yet be too late"


def test_the_answer_to_a_command_carries_the_state_that_the_next_heartbeat_would_report(clock: HandClock) -> None:
    bench: Bench
    socket: Socket
    socket = Socket(
        clock,
        [
            HEARD,
            lambda: bench.link.send(ONLINE),
            ask(deadline=1010.0),
            lambda: socket.answered.wait(5),
            lambda: bench.link.send(DND),
        ],
    )
    bench = Bench([socket], clock)
    bench.answer = encode(DndAnswer("NIKITA", DndOutcome.APPLIED, True))

    bench.run()

    assert socket.sent[1:] == [Report(ONLINE), Answer("c1", 200, Raw(bench.answer), DND), Beat()]


def test_an_answer_that_is_said_again_tells_no_state_for_that_may_be_another_by_now(clock: HandClock) -> None:
    bench: Bench
    first: Socket
    first = Socket(
        clock,
        [HEARD, lambda: bench.link.send(ONLINE), HEARD, ask(deadline=1010.0), lambda: first.answered.wait(5)],
    )
    second = Socket(clock, [HEARD])
    bench = Bench([first, second], clock)
    bench.answer = encode(DndAnswer("NIKITA", DndOutcome.APPLIED, True))

    bench.run()

    assert first.sent[-1].beat == DND
    assert second.sent == [Report(ONLINE), Answer("c1", 200, Raw(bench.answer))]


@pytest.mark.parametrize(
    ("path", "answer", "dnd"),
    [
        ("/api/set_dnd", Answer("c1", 200, Raw(encode(DndAnswer("NIKITA", DndOutcome.ALREADY, False)))), False),
        ("/api/set_dnd", Answer("c1", 409, Raw(encode(DndAnswer("NIKITA", DndOutcome.HUNG, None)))), None),
        ("/api/set_dnd", Answer("c1", 200, Raw(b'{"outcome":"applied"}')), None),
        ("/api/telephone", Answer("c1", 200, Raw(encode(DndAnswer("NIKITA", DndOutcome.APPLIED, True)))), None),
    ],
)
def test_only_a_dnd_command_that_succeeded_tells_of_dnd(path: str, answer: Answer, dnd: bool | None) -> None:
    assert switched(Ask("c1", "POST", path, 1010.0), answer) is dnd


def test_a_command_past_its_deadline_is_not_carried_out(clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    socket = Socket(clock, [HEARD, ask(deadline=999.0)])
    bench = Bench([socket], clock)

    bench.run()

    assert bench.requests == []
    assert socket.sent[-1].status == 504
    assert b"not carried out" in bytes(socket.sent[-1].body)
    assert "came after its deadline" in caplog.text


def test_a_dead_server_is_followed_by_the_next(clock: HandClock) -> None:
    bench = Bench([NoServerThere("refused"), Socket(clock, [HEARD])], clock)
    bench.tries = 1

    bench.run()

    assert bench.opened == [FIRST, SECOND]
    assert bench.pauses[0] == 0.0, "at once"
    assert not bench.servers.nobody


def test_no_server_at_all_is_waited_for(clock: HandClock) -> None:
    bench = Bench([NoServerThere("refused"), NoServerThere("refused")], clock)
    bench.tries = 1

    bench.run()

    assert bench.servers.nobody

    assert bench.pauses[-1] == 1.5, "until the first of them may be asked again"


def test_where_no_link_can_be_opened_the_pauses_grow(clock: HandClock) -> None:
    bench = Bench([NoLinkThere("HTTP 403") for _ in range(9)], clock)

    bench.run()

    assert bench.pauses[1:4] == [10.5, 21.0, 42.0]
    assert bench.pauses[-1] == 450.0, "300 s and half as much by chance"
    assert bench.servers.up == [FIRST, SECOND], "the server is not at fault: plain heartbeats go to it"


@pytest.mark.parametrize("code", [CloseCode.REPLACED, CloseCode.NOT_NOW, CloseCode.BAD_TEXT])
def test_a_server_that_closes_the_link_for_a_reason_is_not_asked_soon(clock: HandClock, code: CloseCode) -> None:
    def close() -> None:
        raise LinkEnded("closed", code)

    bench = Bench([Socket(clock, [close])], clock)

    bench.run()

    assert bench.pauses[-1] == 10.5


def replaced() -> None:
    raise LinkEnded("closed", int(CloseCode.REPLACED))


def test_agents_of_one_name_push_each_other_off_less_and_less_often(clock: HandClock) -> None:
    bench = Bench([Socket(clock, [HEARD, replaced]) for _ in range(9)], clock)

    bench.run()

    assert bench.pauses[1:4] == [10.5, 21.0, 42.0]
    assert bench.pauses[-1] == 450.0, "300 s and half as much by chance"


def test_a_link_that_lasted_longer_than_any_rival_waits_begins_with_a_short_pause(clock: HandClock) -> None:
    long = Socket(clock, [HEARD, lambda: clock.forward(601.0), HEARD, replaced])
    bench = Bench([Socket(clock, [HEARD, replaced]), Socket(clock, [HEARD, replaced]), long], clock)

    bench.run()

    assert bench.pauses[1:] == [10.5, 21.0, 10.5]


def test_the_link_follows_to_a_better_server(clock: HandClock) -> None:
    bench: Bench
    socket = Socket(clock, [HEARD, lambda: bench.servers.up.reverse(), HEARD])
    bench = Bench([socket, Socket(clock, [HEARD])], clock)

    bench.run()

    assert bench.opened == [FIRST, SECOND]
    assert socket.closed is CloseCode.GOING_AWAY


def test_a_link_for_the_waking_hours_ends_when_microsip_is_closed(clock: HandClock) -> None:
    bench: Bench
    socket = Socket(clock, [HEARD, lambda: bench.link.send(ASLEEP), HEARD])
    bench = Bench([socket], clock, use=LINK_AWAKE)
    bench.link.send(ONLINE)

    bench.run()

    assert socket.sent == [Report(ONLINE), Report(ASLEEP)]
    assert socket.closed is CloseCode.GOING_AWAY


def test_a_link_that_is_switched_off_is_not_opened(clock: HandClock) -> None:
    bench = Bench([], clock, use=LINK_OFF)

    bench.run()

    assert (bench.opened, bench.pauses) == ([], [])


def test_the_end_of_the_agent_is_told(clock: HandClock) -> None:
    bench: Bench
    socket = Socket(clock, [HEARD, lambda: bench.link.stop(), HEARD])
    bench = Bench([socket], clock)

    bench.run()

    assert socket.closed is CloseCode.GOING_AWAY
    assert socket.was_ended


def test_a_text_of_another_language_ends_the_link(clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench([Socket(clock, ["<html>"])], clock)

    bench.run()

    assert "cannot be understood" in caplog.text


def test_a_question_without_a_body_has_none(clock: HandClock) -> None:
    socket: Socket
    question = encode(Ask("c1", "GET", "/api/status", 1010.0)).decode()
    socket = Socket(clock, [HEARD, question, lambda: socket.answered.wait(5)])
    bench = Bench([socket], clock)

    bench.run()

    assert bench.requests[0]["body"] == b""


def test_an_answer_that_may_not_have_arrived_is_said_again_over_the_next_link(clock: HandClock) -> None:
    first: Socket
    first = Socket(clock, [HEARD, ask(deadline=1010.0), lambda: first.answered.wait(5)])
    bench: Bench
    second = Socket(clock, [HEARD, lambda: bench.link.send(ONLINE), HEARD])
    third = Socket(clock, [HEARD])
    bench = Bench([first, second, third], clock)

    bench.run()

    answer = Answer("c1", 200, Raw(b'{"outcome":"applied"}'))
    assert second.sent == [Report(ASLEEP), answer, Report(ONLINE)]
    assert third.sent == [Report(ONLINE)], "the server has heard what was said after it"
    assert len(bench.requests) == 1, "and nothing is carried out twice"


def test_an_answer_that_is_ready_when_the_link_is_gone_waits_for_the_next(clock: HandClock) -> None:
    carried_out = threading.Event()
    first = Socket(clock, [HEARD, ask(deadline=1010.0)])
    second: Socket
    second = Socket(clock, [HEARD, carried_out.set, lambda: second.answered.wait(5)])
    bench = Bench([first, second], clock)
    bench.before_each_request = lambda: carried_out.wait(5)

    bench.run()

    assert [type(text) for text in second.sent] == [Report, Answer]
