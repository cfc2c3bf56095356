"""`GET /metrics`: every figure comes from what happened, and none of them names anybody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from microsip_manager.server.command_counts import OTHER, CommandCounts
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.loop_lag import LoopLag
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.services import Services
from microsip_manager.wire.command_log import PENDING, CommandRecord
from microsip_manager.wire.events import CommandEnded
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import SUBPROTOCOL
from microsip_manager.wire.phone_state import PhoneState, Registration
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services
from tests.server.conftest import beat_of, caller_of
from tests.server.identity.test_enrolment_api import link_at
from tests.server.identity.test_guard import made, shown
from tests.server.test_link_session import report

NUMBER = "+74950000042"


def figures(api: TestClient) -> dict[str, float]:
    """Each sample with its labels, as Prometheus reads them."""
    answer = api.get("/metrics")
    assert answer.status_code == 200
    return figures_in(answer.text)


def figures_in(text: str) -> dict[str, float]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join((sample.name, *sample.labels.values())): sample.value for sample in samples}


def test_clients_are_counted_by_status_agent_and_registration(api: TestClient, fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    phone = PhoneState(registration=Registration.WRONG_PASSWORD)
    fleet.record(Heartbeat("OLGA", "486", 1, phone=phone), "192.0.2.18")
    fleet.record(beat_of("PAVEL", running=False), "192.0.2.19", linked=True)

    found = figures(api)

    assert [found[f"microsip_clients {status}"] for status in ("online", "dnd", "offline")] == [1, 1, 1]
    assert [found[f"microsip_agents {state}"] for state in ("connected", "asleep", "lost")] == [2, 1, 0]
    assert found["microsip_registrations wrong_password"] == 1
    assert found["microsip_registrations registered"] == 0


def test_heartbeats_are_counted_by_their_way(api: TestClient) -> None:
    for _ in range(3):
        api.post("/api/heartbeat", json={"hostname": "NIKITA", "extension": "485", "status": 0})
    with api.websocket_connect(link_at(api), [SUBPROTOCOL]) as link:
        for text in (report("OLGA"), '{"t":"beat"}'):
            link.send_text(text)
            link.receive_text()

        found = figures(api)

    assert (found["microsip_heartbeats_total http"], found["microsip_heartbeats_total link"]) == (3, 2)
    assert found["microsip_links"] == 1


def test_a_bad_heartbeat_does_not_count(api: TestClient) -> None:
    api.post("/api/heartbeat", json={"hostname": "NIKITA"})

    assert figures(api)["microsip_heartbeats_total http"] == 0


def test_refusals_are_counted_by_status(services: Services, api: TestClient) -> None:
    admin = shown(made(api, "admin"))
    viewer = shown(api.post("/api/tokens", headers=admin, json={"name": "v", "role": "viewer"}).json()["token"])
    stranger = caller_of(services, "192.0.2.66", called="192.0.2.1")

    refused = [stranger.get("/api/clients").status_code for _ in range(70)]
    refused += [api.get("/metrics", headers=viewer).status_code]

    found = figures_in(api.get("/metrics", headers=admin).text)
    assert {status: found[f"microsip_requests_refused_total {status}"] for status in (401, 403, 429)} == {
        status: refused.count(status) for status in (401, 403, 429)
    }
    assert refused.count(429) > 0


def ended(outcome: str, seconds: float, late: str = "") -> CommandEnded:
    at = HandClock().now()
    end = at + timedelta(seconds=seconds)
    return CommandEnded(CommandRecord("1", "NIKITA", f"dial {NUMBER}", "anna", "link", at, at, outcome, end, late))


def test_commands_are_counted_by_outcome_and_length() -> None:
    bus = LocalBus()
    counts = CommandCounts(bus)

    for event in (ended("applied", 0.05), ended("applied", 0.2), ended("timeout", 40), ended("timeout", 40, "applied")):
        bus.publish(event)

    assert counts.by_outcome == {"applied": 2, "timeout": 1}
    assert counts.by_length == [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert counts.seconds == 40.25


def test_an_agent_that_invents_outcomes_makes_no_new_figures() -> None:
    bus = LocalBus()
    counts = CommandCounts(bus)

    for number in range(1000):
        bus.publish(ended(f"invented-{number}", 1))

    assert counts.by_outcome == {OTHER: 1000}


def test_the_lengths_are_a_histogram() -> None:
    bus = LocalBus()
    services = fake_services(bus=bus)
    for seconds in (0.01, 0.2, 60):
        bus.publish(ended("applied", seconds))

    found = figures(caller_of(services))

    assert found["microsip_command_duration_seconds_bucket 0.05"] == 1
    assert found["microsip_command_duration_seconds_bucket 0.25"] == 2
    assert found["microsip_command_duration_seconds_bucket 30.0"] == 2
    assert found["microsip_command_duration_seconds_bucket +Inf"] == 3
    assert found["microsip_command_duration_seconds_count"] == 3
    assert found["microsip_command_duration_seconds_sum"] == 60.21
    assert found["microsip_commands_total applied"] == 3


def test_no_figure_names_a_pc_a_person_or_a_number(services: Services, api: TestClient, fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    admin = shown(made(api, "admin"))
    api.post("/api/users", headers=admin, json={"name": "anna", "password": "correct horse battery", "role": "viewer"})

    text = api.get("/metrics", headers=admin).text

    told = " ".join(figures_in(text))
    assert [name for name in ("NIKITA", "485", "192.0.2", "anna", "prometheus") if name in told] == []
    labels = {name for family in text_string_to_metric_families(text) for one in family.samples for name in one.labels}
    assert labels == {"status", "state", "registration", "way", "le", "what", "version"}


def test_it_is_opened_by_a_token_for_metrics_alone(api: TestClient) -> None:
    admin = shown(made(api, "admin"))
    token = api.post("/api/tokens", headers=admin, json={"name": "prometheus", "role": "metrics"}).json()["token"]

    assert api.get("/metrics", headers=shown(token)).status_code == 200
    assert api.get("/api/clients", headers=shown(token)).status_code == 403
    assert api.get("/metrics").status_code == 401


def test_who_accepts_openmetrics_gets_it(api: TestClient) -> None:
    plain, modern = (
        api.get("/metrics", headers={"accept": accepted})
        for accepted in ("*/*", "application/openmetrics-text; version=1.0.0")
    )

    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")


def test_two_servers_in_one_process_have_figures_of_their_own() -> None:
    one, other = (caller_of(fake_services()) for _ in range(2))
    one.post("/api/heartbeat", json={"hostname": "NIKITA", "extension": "485", "status": 0})

    assert (figures(one)["microsip_heartbeats_total http"], figures(other)["microsip_heartbeats_total http"]) == (1, 0)


def asked(id: str) -> CommandRecord:
    at = HandClock().now()
    return CommandRecord(id, "NIKITA", "set_dnd on", "anna", "link", at, at, PENDING)


def test_a_database_that_takes_nothing_is_seen_by_what_waits() -> None:
    store, passed = MemoryStore(), [100.0]
    recorder = Recorder(store, lambda: passed[0])
    assert (recorder.waiting, recorder.behind(200.0)) == (0, 0.0)

    recorder.command(asked("1"))
    store.fails_with = "disk full"
    passed[0] = 110.0
    assert recorder.write() is False
    recorder.command(asked("2"))

    assert (recorder.waiting, recorder.behind(130.0)) == (2, 30.0)
    found = figures(caller_of(fake_services(recorder=recorder)))
    assert (found["microsip_database_waiting state"], found["microsip_database_failing state"]) == (2, 1)
    assert found["microsip_database_failing audit"] == 0

    store.fails_with = ""
    assert recorder.write() is True
    assert (recorder.waiting, recorder.behind(130.0)) == (0, 0.0)


def test_a_reader_that_is_too_slow_is_counted(fleet: Fleet) -> None:
    bus = LocalBus()
    feed = EventFeed(fleet, bus, ring=2)

    async def read() -> None:
        stream = feed.stream(EventQuery())
        for _ in range(2):
            await anext(stream)
        for _ in range(3):
            bus.publish(ended("applied", 1))
        assert b"too_slow" in await anext(stream)
        await stream.aclose()

    asyncio.run(read())

    found = figures(caller_of(fake_services(events=feed)))
    assert (found["microsip_event_readers_dropped_total"], found["microsip_event_readers"]) == (1, 0)


def test_the_lag_is_the_longest_of_the_last_half_minute() -> None:
    clock = HandClock()
    lag = LoopLag(clock)
    late = iter([0.0, 0.25, 0.0, *[0.0] * 57])

    async def wait(seconds: float) -> bool:
        more = next(late, None)
        clock.forward(seconds + (more or 0.0))
        return more is None

    asyncio.run(lag.measure(wait))
    assert lag.longest == 0.25

    late = iter([0.0] * 58)
    asyncio.run(lag.measure(wait))
    assert lag.longest == 0.0
