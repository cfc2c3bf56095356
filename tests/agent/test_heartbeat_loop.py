"""The loop around looking and beating; no thread, no sleep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.heartbeat_loop import HeartbeatLoop, system_jitter
from microsip_manager.agent.reports import Identity
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone_state import PhoneState, Registration
from tests.fakes.clock import HandClock
from tests.fakes.softphone import OPEN, ScriptedPhone


class Post:
    """A link that keeps what it was given, with the moment."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.error: Exception | None = None
        self.taken = True
        self.sent: list[tuple[float, Heartbeat]] = []

    def send(self, beat: Heartbeat) -> bool:
        self.sent.append((round(self._clock.monotonic() - 1000, 1), beat))
        if self.error:
            raise self.error
        return self.taken

    def again_at(self) -> float:
        return self._clock.monotonic() + 2.5

    @property
    def farewells(self) -> list[tuple[float, Heartbeat]]:
        return [(moment, beat) for moment, beat in self.sent if not beat.running]


class Bench:
    """A loop with everything around it."""

    def __init__(self, jitter: float = 1.0) -> None:
        self.clock = HandClock()
        self.phone = ScriptedPhone()
        self.post = Post(self.clock)
        self.events: list[tuple[float, Callable[[], None]]] = []
        self.until = 0.0
        identity = Identity("NIKITA", 8084, simulated=True)
        self.loop = HeartbeatLoop(
            self.phone, self.post, identity, clock=self.clock, interval=7, wait=self._wait, jitter=lambda: jitter
        )

    def shows(self, at: float, view: PhoneView) -> None:
        self.events.append((at, lambda: setattr(self.phone, "view", view)))

    def run(self, seconds: float) -> None:
        self.until = seconds
        self.loop.run()

    @property
    def beats(self) -> list[float]:
        """The moments of the heartbeats, without the farewell."""
        return [moment for moment, beat in self.post.sent if beat.running]

    def _wait(self, seconds: float) -> bool:
        assert 0 < seconds <= 1
        self.clock.forward(seconds)
        now = self.clock.monotonic() - 1000
        for event in [event for at, event in self.events if at <= now]:
            event()
        self.events = [(at, event) for at, event in self.events if at > now]
        return now >= self.until


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "microsip_manager")


def test_it_beats_every_interval_while_microsip_runs() -> None:
    bench = Bench()

    bench.run(30)

    assert bench.beats == [0, 7, 14, 21, 28]
    assert bench.post.sent[0][1] == Heartbeat("NIKITA", "485", 0, agent_version="0.1.0", simulated=True)


def test_the_interval_varies_by_the_jitter_exactly() -> None:
    bench = Bench(jitter=0.93)

    bench.run(20)

    assert bench.beats == [0, 6.5, 13, 19.5]


def test_the_jitter_is_a_tenth_at_most() -> None:
    assert all(0.9 <= system_jitter() <= 1.1 for _ in range(100))


def test_while_microsip_is_closed_it_looks_and_says_nothing() -> None:
    bench = Bench()
    bench.phone.view = CLOSED

    bench.run(20)

    assert bench.post.sent == []
    assert bench.phone.looks == 20


def test_the_first_heartbeat_goes_out_within_two_seconds_of_its_start() -> None:
    bench = Bench()
    bench.phone.view = CLOSED
    bench.shows(10.5, OPEN)

    bench.run(14)

    assert bench.beats == [11]


def test_a_click_of_the_user_is_told_within_two_seconds() -> None:
    bench = Bench()
    bench.shows(3.5, replace(OPEN, dnd=True))

    bench.run(6)

    assert bench.beats == [0, 4]
    assert bench.post.sent[1][1].status == 1


def test_what_else_is_seen_of_the_phone_goes_with_the_heartbeats_and_not_with_the_farewell() -> None:
    bench = Bench()
    phone = PhoneState(registration=Registration.REGISTERED)
    bench.phone.view = replace(OPEN, phone=phone)
    bench.shows(3, CLOSED)

    bench.run(5)

    assert [(beat.running, beat.phone) for _, beat in bench.post.sent] == [(True, phone), (False, None)]


def test_each_registration_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.phone.view = replace(OPEN, phone=PhoneState(registration=Registration.REGISTERED))
    failed = PhoneState(registration=Registration.FAILED, registration_text="Not Found")
    bench.shows(1, replace(OPEN, phone=failed))
    bench.shows(3, replace(OPEN, phone=failed, dnd=True))

    bench.run(5)

    assert [line for line in caplog.messages if "registration" in line] == [
        "NIKITA: registration: registered",
        "NIKITA: registration: failed (Not Found)",
    ]


def test_while_hung_it_beats_with_the_last_known_dnd() -> None:
    bench = Bench()
    bench.phone.view = replace(OPEN, dnd=True)
    bench.shows(2, PhoneView(True, None, "485", "it does not answer", Trouble.HUNG))
    known: list[bool] = []
    bench.events.append((9, lambda: known.append(bench.loop.known_dnd)))

    bench.run(10)

    assert [(moment, beat.status) for moment, beat in bench.post.sent if beat.running] == [(0, 1), (7, 1)]
    assert known == [True]


def test_a_close_of_microsip_is_told_at_once_with_its_last_state() -> None:
    bench = Bench()
    bench.phone.view = replace(OPEN, dnd=True)
    bench.shows(3.5, CLOSED)

    bench.run(20)

    assert bench.post.farewells == [
        (4, Heartbeat("NIKITA", "485", 1, agent_version="0.1.0", simulated=True, running=False))
    ]
    assert bench.beats == [0]


def test_an_agent_that_is_stopped_says_farewell() -> None:
    bench = Bench()

    bench.run(3)

    assert [moment for moment, _ in bench.post.farewells] == [3]


def test_an_agent_that_is_stopped_asleep_says_nothing() -> None:
    bench = Bench()
    bench.phone.view = CLOSED

    bench.run(3)

    assert bench.post.sent == []


def test_a_heartbeat_that_no_server_took_is_repeated_when_the_link_says() -> None:
    bench = Bench()
    bench.post.taken = False
    bench.events.append((4, lambda: setattr(bench.post, "taken", True)))

    bench.run(13)

    assert bench.beats == [0, 2.5, 5, 12]


def test_it_goes_on_after_an_error_and_the_log_says_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.post.error = ZeroDivisionError("odd answer")
    bench.events.append((5, lambda: setattr(bench.post, "error", None)))

    bench.run(8)

    assert bench.beats == [0, 7]
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "NIKITA" in record.message
    assert record.exc_info


def test_each_change_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.shows(1, replace(OPEN, dnd=True))
    bench.shows(2, PhoneView(True, None, "485", "it does not answer", Trouble.HUNG))
    bench.shows(4, replace(OPEN, dnd=True))
    bench.shows(5, CLOSED)

    bench.run(7)

    assert caplog.messages == [
        "NIKITA: watching for MicroSIP",
        "NIKITA: MicroSIP is running, extension 485",
        "NIKITA: DND is off",
        "NIKITA: DND is on",
        "NIKITA: it does not answer",
        "NIKITA: all is well with MicroSIP again",
        "NIKITA: MicroSIP was closed",
    ]


def test_a_look_that_a_command_overtook_is_not_told() -> None:
    bench = Bench()

    def overtaken() -> PhoneView:
        bench.phone.look = on_dnd  # type: ignore[method-assign]
        bench.loop.command_done()
        return OPEN

    def on_dnd() -> PhoneView:
        return replace(OPEN, dnd=True)

    bench.phone.look = overtaken  # type: ignore[method-assign]
    bench.loop.step()

    assert [beat.status for _, beat in bench.post.sent] == [1]
