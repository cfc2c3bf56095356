"""The registry and its use cases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from microsip_manager.server.errors import TooManyClients, UnknownClient
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.clients import Source
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.agent_link import FakeAgents
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.server.conftest import PATIENCE, beat_of


def test_a_first_heartbeat_makes_a_client(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    client = fleet.client("NIKITA")
    assert (client.status, client.extension, client.address) == (PhoneStatus.ONLINE, "485", "192.0.2.17")
    assert client.last_seen == client.status_since == clock.start


def test_silent_phone_goes_offline_at_the_moment_it_fell_silent(
    fleet: Fleet, clock: HandClock, recorder: Recorder, store: MemoryStore
) -> None:
    fleet.record(beat_of("PAVEL"), "192.0.2.19")

    clock.forward(seconds=50)
    assert fleet.let_time_pass()
    assert not fleet.let_time_pass()

    assert fleet.client("PAVEL").status is PhoneStatus.OFFLINE
    assert fleet.client("PAVEL").status_since == clock.start + timedelta(seconds=PATIENCE)
    recorder.write()
    assert store.transitions("PAVEL")[-1].at == clock.start + timedelta(seconds=PATIENCE)


def test_a_client_that_says_farewell_is_offline_at_once_and_no_longer_waited_for(
    fleet: Fleet, clock: HandClock, recorder: Recorder, store: MemoryStore
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    clock.forward(seconds=3)

    fleet.record(beat_of("NIKITA", running=False), "192.0.2.17")

    assert fleet.client("NIKITA").status is PhoneStatus.OFFLINE
    assert fleet.next_deadline() is None
    recorder.write()
    assert [flip.after for flip in store.transitions("NIKITA")] == [PhoneStatus.ONLINE, PhoneStatus.OFFLINE]
    assert store.transitions("NIKITA")[-1].at == clock.start + timedelta(seconds=3)


def test_two_missed_heartbeats_are_forgiven(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    clock.forward(seconds=PATIENCE - 0.1)

    assert not fleet.let_time_pass()


def test_only_the_silent_ones_go_offline(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("PAVEL"), "192.0.2.19")
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    clock.forward(seconds=15)
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    clock.forward(seconds=10)

    while fleet.let_time_pass():
        pass

    assert fleet.client("PAVEL").status is PhoneStatus.OFFLINE
    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE


def test_somebody_setting_the_wall_clock_calls_nobody_offline(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    clock.somebody_sets_the_wall_clock(timedelta(days=1))

    assert not fleet.let_time_pass()


def test_a_restarted_server_remembers_and_waits_one_grace_period(
    fleet: Fleet, recorder: Recorder, store: MemoryStore, agents: FakeAgents, clock: HandClock
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    fleet.record(beat_of("OLGA", dnd=True), "192.0.2.18")
    recorder.write()

    clock.forward(seconds=3600)
    restarted = Fleet(recorder, agents, clock, LocalBus(), patience=PATIENCE)
    restarted.restore(store.load())

    assert not restarted.let_time_pass()
    assert restarted.client("OLGA").status is PhoneStatus.DND
    clock.forward(seconds=PATIENCE)
    assert restarted.let_time_pass()


def test_upper_and_lower_case_and_composed_letters_are_one_client(fleet: Fleet) -> None:
    fleet.record(beat_of("Й-ПК"), "192.0.2.17")
    fleet.record(beat_of("и\N{COMBINING BREVE}-пк"), "192.0.2.17")

    assert len(fleet.clients()) == 1


def test_clients_are_listed_by_name(fleet: Fleet) -> None:
    for name in ("PAVEL", "anna", "NIKITA"):
        fleet.record(beat_of(name), "192.0.2.17")

    assert [client.hostname for client in fleet.clients()] == ["anna", "NIKITA", "PAVEL"]


def test_an_unknown_client_is_named_with_its_nearest(fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    with pytest.raises(UnknownClient, match=r"'NIKTA' has been heard of\. Did you mean 'NIKITA'"):
        fleet.client("NIKTA")


def test_a_flood_of_invented_names_is_bounded(recorder: Recorder, agents: FakeAgents, clock: HandClock) -> None:
    fleet = Fleet(recorder, agents, clock, LocalBus(), patience=PATIENCE, limit=2)
    for name in ("A", "B"):
        fleet.record(beat_of(name), "192.0.2.17")

    with pytest.raises(TooManyClients):
        fleet.record(beat_of("C"), "192.0.2.17")

    fleet.record(beat_of("A"), "192.0.2.17")
    assert [client.hostname for client in fleet.clients()] == ["A", "B"]


def test_heartbeats_that_change_nothing_write_nothing(fleet: Fleet, recorder: Recorder, store: MemoryStore) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    recorder.write()

    for _ in range(100):
        fleet.record(beat_of("NIKITA"), "192.0.2.17")

    assert not recorder.write()
    assert store.writes == 1


def test_a_live_question_finds_what_no_heartbeat_has_told_yet(fleet: Fleet, agents: FakeAgents) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    agents.closed.add("NIKITA")

    status = asyncio.run(fleet.status("NIKITA"))

    assert (status.source, status.age, status.status) == (Source.LIVE, 0.0, PhoneStatus.OFFLINE)
    assert fleet.client("NIKITA").status is PhoneStatus.OFFLINE


def test_without_a_live_answer_the_last_known_state_says_so_and_how_old_it_is(
    fleet: Fleet, agents: FakeAgents, clock: HandClock
) -> None:
    fleet.record(beat_of("PAVEL"), "192.0.2.19")
    agents.silent["PAVEL"] = "no connection"
    clock.forward(seconds=5)

    status = asyncio.run(fleet.status("PAVEL"))

    assert (status.source, status.age, status.status) == (Source.LAST_KNOWN, 5.0, PhoneStatus.ONLINE)
    assert status.detail == "no connection"


def test_a_command_goes_only_to_the_address_heartbeats_come_from(fleet: Fleet, agents: FakeAgents) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    asyncio.run(fleet.set_dnd("nikita", True))

    assert agents.asked == ["192.0.2.17"]


def test_a_command_shows_at_once(fleet: Fleet, recorder: Recorder, store: MemoryStore) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    answer = asyncio.run(fleet.set_dnd("NIKITA", True))

    assert answer.outcome is DndOutcome.APPLIED
    assert fleet.client("NIKITA").status is PhoneStatus.DND
    recorder.write()
    assert [flip.after for flip in store.transitions("NIKITA")] == [PhoneStatus.ONLINE, PhoneStatus.DND]


def test_a_command_that_finds_what_is_known_counts_as_word_of_the_client(fleet: Fleet, clock: HandClock) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    due = fleet.next_deadline()
    assert due is not None
    clock.forward(seconds=5)
    version = fleet.version

    asyncio.run(fleet.set_dnd("NIKITA", False))

    assert (fleet.client("NIKITA").last_seen, fleet.next_deadline()) == (clock.now(), due + 5)
    assert fleet.version > version


@pytest.mark.parametrize("outcome", [DndOutcome.HUNG, DndOutcome.DENIED, DndOutcome.UNREACHABLE, DndOutcome.TIMEOUT])
def test_a_command_that_failed_changes_nothing(fleet: Fleet, agents: FakeAgents, outcome: DndOutcome) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    agents.failing["NIKITA"] = outcome, "why"

    answer = asyncio.run(fleet.set_dnd("NIKITA", True))

    assert (answer.outcome, answer.detail) == (outcome, "why")
    assert fleet.client("NIKITA").status is PhoneStatus.ONLINE
