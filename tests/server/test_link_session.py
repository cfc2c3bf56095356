"""The texts of a link: presence, answers, and what must not be said."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from msgspec import Raw, structs

from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.caller import OPEN
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.link_session import LinkSession
from microsip_manager.server.ways import Reply, Request
from microsip_manager.wire.clients import AgentState
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.link import Answer, Beat, CloseCode, Heard, Report, decode_from_server, heard_text
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.clock import HandClock
from tests.server.conftest import PATIENCE, beat_of

BEAT = encode(Beat()).decode()


class Wire:
    """A socket that keeps what the server pushes."""

    def __init__(self, address: str = "192.0.2.17") -> None:
        self.address = address
        self.pushed: list[bytes] = []
        self.closed: CloseCode | None = None

    def offer(self, text: bytes) -> bool:
        self.pushed.append(text)
        return True

    async def push(self, text: bytes) -> None:
        raise AssertionError(f"{text!r} was taken already")

    async def close(self, code: CloseCode) -> None:
        self.closed = code


@pytest.fixture
def hub(clock: HandClock) -> LinkHub:
    return LinkHub(clock)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def session(wire: Wire, hub: LinkHub, fleet: Fleet, clock: HandClock) -> LinkSession:
    return LinkSession(wire, hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone))


def report(hostname: str = "NIKITA", *, running: bool = True, dnd: bool = False) -> str:
    return encode(Report(beat_of(hostname, running=running, dnd=dnd))).decode()


def say(session: LinkSession, text: str) -> bytes | None:
    """What the agent is answered, and has been told."""
    answer = session.take(text)
    session.told()
    return answer


def take(session: LinkSession, *texts: str) -> bytes | None:
    async def all_of_them() -> bytes | None:
        return [say(session, text) for text in texts][-1]

    return asyncio.run(all_of_them())


def request(seconds: float = 1.0) -> Request:
    return Request("c1", "POST", "/api/set_dnd", b'{"enabled":true}', seconds, 16384)


def test_a_report_is_a_heartbeat_and_is_answered_with_the_servers_clock(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    answers = take(session, report()), take(session, report(dnd=True))

    assert [decode_from_server(answer or "") for answer in answers] == [Heard(clock.monotonic())] * 2
    client = fleet.client("NIKITA")
    assert (client.status, client.agent, client.address) == (PhoneStatus.DND, AgentState.CONNECTED, "192.0.2.17")


def test_a_beat_says_the_last_report_again(session: LinkSession, fleet: Fleet, clock: HandClock) -> None:
    take(session, report())
    for _ in range(10):
        clock.forward(PATIENCE - 1)
        take(session, BEAT)
        assert not fleet.let_time_pass()

    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE


def test_a_closed_microsip_is_offline_while_its_agent_is_asleep(session: LinkSession, fleet: Fleet) -> None:
    take(session, report(), report(running=False))

    client = fleet.client("NIKITA")
    assert (client.status, client.agent) == (PhoneStatus.OFFLINE, AgentState.ASLEEP)


def test_a_sleeping_agent_is_waited_for_three_times_as_long(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    take(session, report(running=False))
    clock.forward(3 * PATIENCE - 1)
    assert not fleet.let_time_pass()

    clock.forward(1)
    assert fleet.let_time_pass()
    assert fleet.client("NIKITA").agent is AgentState.LOST


def test_an_agent_that_takes_leave_is_lost_at_once(session: LinkSession, fleet: Fleet) -> None:
    take(session, report())
    session.ended(leaving=True)

    client = fleet.client("NIKITA")
    assert (client.status, client.agent) == (PhoneStatus.OFFLINE, AgentState.LOST)


def test_a_lost_link_leaves_the_agent_one_patience_to_be_heard(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    take(session, report())
    session.ended(leaving=False)
    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE

    clock.forward(PATIENCE)
    assert fleet.let_time_pass()
    assert fleet.client("NIKITA").agent is AgentState.LOST


def test_a_sleeping_agent_whose_link_was_lost_is_not_waited_for_longer(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    take(session, report(running=False))
    session.ended(leaving=False)

    clock.forward(PATIENCE)
    assert fleet.let_time_pass()
    assert fleet.client("NIKITA").agent is AgentState.LOST


@pytest.mark.parametrize("text", [BEAT, "", "[]", '{"t":"heard","now":1}', '{"t":"report","beat":{"hostname":"A/B"}}'])
def test_what_is_not_due_ends_the_link(session: LinkSession, text: str) -> None:
    with pytest.raises(BadMessage):
        take(session, text)


def test_a_link_stays_with_its_hostname(session: LinkSession, fleet: Fleet) -> None:
    with pytest.raises(BadMessage, match="hostname with which the link began"):
        take(session, report("NIKITA"), report("OLGA"))

    assert [client.hostname for client in fleet.clients()] == ["NIKITA"]


def test_a_new_link_of_a_client_replaces_the_old_one(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    async def both() -> None:
        say(session, report())
        say(LinkSession(Wire("192.0.2.18"), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone)), report())
        await asyncio.sleep(0)
        session.ended(leaving=True)

    asyncio.run(both())
    assert wire.closed is CloseCode.REPLACED
    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE, "the end of the old link says nothing about the new one"
    assert len(hub) == 1


def test_an_answer_finds_the_one_who_asked(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    async def ask() -> Reply:
        say(session, report())
        asked = asyncio.create_task(hub.ask(fleet.client("NIKITA"), request(), lambda _: None))
        while not wire.pushed:
            await asyncio.sleep(0)
        say(session, encode(Answer("other", 200, Raw(b'"not this"'))).decode())
        say(session, encode(Answer("c1", 200, Raw(b'{"outcome":"applied"}'))).decode())
        return await asked

    assert asyncio.run(ask()) == Reply(200, b'{"outcome":"applied"}')
    asked = decode_from_server(wire.pushed[0])
    assert getattr(asked, "deadline", None) == clock.monotonic() + 1.0


def test_the_state_that_an_answer_carries_is_known_before_whoever_asked_goes_on(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    async def ask() -> PhoneStatus:
        say(session, report())
        asked = asyncio.create_task(hub.ask(fleet.client("NIKITA"), request(), lambda _: None))
        while not wire.pushed:
            await asyncio.sleep(0)
        clock.forward(PATIENCE - 1)
        assert say(session, encode(Answer("c1", 200, Raw(b"1"), beat_of("NIKITA", dnd=True))).decode()) is None
        await asked
        return fleet.client("NIKITA").status

    assert asyncio.run(ask()) is PhoneStatus.DND
    clock.forward(PATIENCE - 1)
    assert hub.drop_silent(clock.monotonic()) == [], "it was heard as a report is"
    take(session, BEAT)
    assert fleet.client("NIKITA").status is PhoneStatus.DND, "a beat says again what came last"


def test_an_answer_does_not_speak_for_another_client(session: LinkSession, fleet: Fleet) -> None:
    with pytest.raises(BadMessage, match="hostname with which the link began"):
        take(session, report("NIKITA"), encode(Answer("c1", 200, Raw(b"1"), beat_of("OLGA"))).decode())

    assert [client.hostname for client in fleet.clients()] == ["NIKITA"]


def test_a_connection_that_takes_no_text_holds_a_command_up_until_its_deadline_and_not_longer(
    hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    class Stuck(Wire):
        def offer(self, text: bytes) -> bool:
            return False

        async def push(self, text: bytes) -> None:
            await asyncio.sleep(3600)

    async def ask() -> None:
        say(LinkSession(Stuck(), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone)), report())
        async with asyncio.timeout(5):
            with pytest.raises(AgentSilent) as silence:
                await hub.ask(fleet.client("NIKITA"), request(0.01), lambda _: None)
        assert not silence.value.in_time

    asyncio.run(ask())


def test_an_answer_after_the_deadline_is_told_and_is_nobody_elses(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet
) -> None:
    late: list[Reply] = []

    async def ask() -> None:
        say(session, report())
        with pytest.raises(AgentSilent) as silence:
            await hub.ask(fleet.client("NIKITA"), request(0.01), late.append)
        assert not silence.value.in_time
        say(session, encode(Answer("c1", 200, Raw(b"1"))).decode())
        say(session, encode(Answer("c1", 200, Raw(b"2"))).decode())

    asyncio.run(ask())
    assert late == [Reply(200, b"1")]


def test_another_client_cannot_answer_late_in_somebodys_place(
    session: LinkSession, hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    late: list[Reply] = []
    other = LinkSession(Wire("192.0.2.99"), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone))

    async def ask() -> None:
        say(session, report())
        say(other, report("MALLORY"))
        with pytest.raises(AgentSilent):
            await hub.ask(fleet.client("NIKITA"), request(0.01), late.append)
        say(other, encode(Answer("c1", 200, Raw(b"1"))).decode())

    asyncio.run(ask())
    assert late == []


def test_whoever_waits_is_told_at_once_when_the_link_is_lost(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet
) -> None:
    async def ask() -> None:
        say(session, report())
        asked = asyncio.create_task(hub.ask(fleet.client("NIKITA"), request(60), lambda _: None))
        while not wire.pushed:
            await asyncio.sleep(0)
        session.ended(leaving=False)
        with pytest.raises(AgentSilent, match="may have been carried out"):
            await asked

    asyncio.run(ask())


def test_an_answer_in_the_moment_of_the_deadline_is_not_lost(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet
) -> None:
    async def ask() -> Reply:
        say(session, report())
        asked = asyncio.create_task(hub.ask(fleet.client("NIKITA"), request(0.01), lambda _: None))
        linked, loop = hub.of("NIKITA"), asyncio.get_running_loop()
        assert linked is not None
        while not wire.pushed:
            await asyncio.sleep(0)
        # In one turn of the loop the deadline ends the wait, then comes the answer, and then it is the task's turn.
        loop.call_at(loop.time() + 0.01, hub.answered, linked, Answer("c1", 200, Raw(b"1")))
        time.sleep(0.05)
        return await asked

    assert asyncio.run(ask()) == Reply(200, b"1")


def test_an_answer_that_comes_over_the_next_link_is_recorded_as_late(
    session: LinkSession, wire: Wire, hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    late: list[Reply] = []

    async def ask() -> None:
        say(session, report())
        asked = asyncio.create_task(hub.ask(fleet.client("NIKITA"), request(60), late.append))
        while not wire.pushed:
            await asyncio.sleep(0)
        session.ended(leaving=False)
        with pytest.raises(AgentSilent):
            await asked
        again = LinkSession(Wire(), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone))
        say(again, report())
        say(again, encode(Answer("c1", 200, Raw(b"1"))).decode())

    asyncio.run(ask())
    assert late == [Reply(200, b"1")]


def test_no_command_comes_before_the_clock_by_which_it_can_be_too_late(session: LinkSession, hub: LinkHub) -> None:
    async def link() -> None:
        assert session.take(report()) is not None
        assert hub.of("NIKITA") is None
        session.told()
        assert hub.of("NIKITA") is not None

    asyncio.run(link())


def test_a_connection_that_takes_nothing_does_not_hold_up_the_link_that_replaces_it(
    hub: LinkHub, fleet: Fleet, clock: HandClock
) -> None:
    class Stuck(Wire):
        async def close(self, code: CloseCode) -> None:
            await asyncio.sleep(3600)

    async def both() -> None:
        say(LinkSession(Stuck(), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone)), report())
        async with asyncio.timeout(1):
            say(LinkSession(Wire(), hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone)), report())

    asyncio.run(both())


def test_a_beat_moves_only_the_time_when_the_client_was_last_seen(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    take(session, report())
    before = fleet.client("NIKITA")

    clock.forward(7)
    version = fleet.version
    take(session, BEAT)

    assert fleet.version > version
    clock.forward(2)
    after = fleet.client("NIKITA")
    assert after.last_seen == before.last_seen + timedelta(seconds=7)
    assert structs.replace(after, last_seen=before.last_seen) == before


def test_a_beat_tells_again_what_was_reported_when_something_else_was_learned_meanwhile(
    session: LinkSession, fleet: Fleet
) -> None:
    take(session, report())
    fleet.record(beat_of("NIKITA", dnd=True), "192.0.2.17")
    assert fleet.client("NIKITA").status is PhoneStatus.DND

    take(session, BEAT)

    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE


def test_beats_put_off_the_moment_at_which_a_client_counts_as_lost(
    session: LinkSession, fleet: Fleet, clock: HandClock
) -> None:
    take(session, report())
    clock.forward(PATIENCE - 1)
    take(session, BEAT)
    clock.forward(PATIENCE - 1)

    assert not fleet.let_time_pass()
    clock.forward(1)
    assert fleet.let_time_pass()
    assert fleet.client("NIKITA").last_seen == clock.now() - timedelta(seconds=PATIENCE)


def test_the_short_way_to_write_heard_says_the_same() -> None:
    assert decode_from_server(heard_text(1234.5678)) == Heard(1234.568)
