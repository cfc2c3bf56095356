"""What the agents tell of their phones, from the heartbeat to the list."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import ClientChanged, Event
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, Direction, PhoneState, Registration
from tests.fakes.agent_link import FakeAgents
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IDLE = PhoneState(registration=Registration.REGISTERED, call=NO_CALL, microsip_version="3.22.3")
TALKING = msgspec.structs.replace(
    IDLE, call=CallNow(CallState.IN_CALL, NOON, Direction.INCOMING, "84950000045"), call_waiting=False
)


def speak(fleet: Fleet, phone: PhoneState | None, *, running: bool = True) -> None:
    beat = msgspec.structs.replace(beat_of("NIKITA", running=running), phone=phone)
    fleet.record(beat, "192.0.2.17")


@pytest.fixture
def heard(bus: LocalBus) -> list[Event]:
    events: list[Event] = []
    bus.subscribe(events.append)
    return events


def test_a_heartbeat_brings_the_phone_into_the_list_and_the_client(api: TestClient) -> None:
    body = encode(msgspec.structs.replace(beat_of("NIKITA"), phone=TALKING))
    assert api.post("/api/heartbeat", content=body).status_code == 200

    [listed], one = api.get("/api/clients").json(), api.get("/api/clients/NIKITA").json()

    assert listed["phone"] == one["phone"]
    assert one["phone"]["registration"] == "registered"
    assert one["phone"]["call"] == {
        "state": "in_call", "since": "2026-03-02T12:00:00Z", "direction": "incoming", "number": "…45",
    }  # fmt: skip
    assert one["no_ring_reason"] == "There is a call already, and MicroSIP is set to take no second one."


def test_the_full_number_is_in_no_answer_and_no_event(api: TestClient, fleet: Fleet, heard: list[Event]) -> None:
    speak(fleet, TALKING)
    answers = [api.get(f"/api/clients{path}").text for path in ("", "/NIKITA", "/NIKITA/status")]

    assert "84950000045" not in "".join(answers) + encode(heard).decode()


def test_the_live_status_brings_the_phone_of_this_moment(api: TestClient, fleet: Fleet, agents: FakeAgents) -> None:
    speak(fleet, TALKING)
    agents.phones["NIKITA"] = IDLE

    status = api.get("/api/clients/NIKITA/status").json()

    assert (status["source"], status["phone"]["call"]["state"], status["no_ring_reason"]) == ("live", "idle", "")
    assert api.get("/api/clients/NIKITA").json()["phone"] == status["phone"]


def test_what_an_answer_has_changed_is_changed_back_by_the_next_heartbeat(
    api: TestClient, fleet: Fleet, agents: FakeAgents
) -> None:
    speak(fleet, TALKING)
    agents.phones["NIKITA"] = IDLE
    api.get("/api/clients/NIKITA/status")

    speak(fleet, TALKING)

    assert api.get("/api/clients/NIKITA").json()["phone"]["call"]["state"] == "in_call"


def test_a_last_known_status_says_what_was_known(api: TestClient, fleet: Fleet, agents: FakeAgents) -> None:
    speak(fleet, TALKING)
    agents.silent["NIKITA"] = "nothing answers"

    status = api.get("/api/clients/NIKITA/status").json()

    assert (status["source"], status["phone"]["call"]["number"]) == ("last_known", "…45")


def test_every_change_is_told_once_and_an_unchanged_heartbeat_not(fleet: Fleet, heard: list[Event]) -> None:
    for phone in (IDLE, IDLE, TALKING, TALKING, None, None, IDLE):
        speak(fleet, phone)

    told = [event for event in heard if isinstance(event, ClientChanged)]
    assert [event.client.phone and event.client.phone.call.state for event in told] == [
        CallState.IDLE, CallState.IN_CALL, None, CallState.IDLE,
    ]  # fmt: skip


def test_a_phone_that_changes_writes_nothing(fleet: Fleet, recorder: Recorder, store: MemoryStore) -> None:
    speak(fleet, IDLE)
    recorder.write()

    speak(fleet, TALKING)

    assert recorder.write() is False


def test_who_falls_silent_is_shown_without_a_phone_and_why(fleet: Fleet, clock: HandClock) -> None:
    speak(fleet, TALKING)
    clock.forward(seconds=60)
    fleet.let_time_pass()
    client = fleet.client("NIKITA")
    assert client.phone is None
    assert client.no_ring_reason.startswith("Nothing is heard of this PC")

    speak(fleet, None, running=False)
    assert fleet.client("NIKITA").no_ring_reason == "MicroSIP is closed on this PC."


def test_after_a_restart_the_phone_is_not_known_until_it_is_heard(
    fleet: Fleet, recorder: Recorder, store: MemoryStore
) -> None:
    speak(fleet, TALKING)
    recorder.write()
    fleet.restore(store.load())
    assert fleet.client("NIKITA").phone is None

    speak(fleet, TALKING)

    assert fleet.client("NIKITA").phone is not None
