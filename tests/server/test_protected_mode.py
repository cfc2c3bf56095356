"""Who may speak with a server that has no accounts yet."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_app
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.wishes import Wishes
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory
from tests.fakes.wish_store import MemoryWishStore
from tests.server.conftest import caller

BEAT = {"hostname": "NIKITA", "extension": "485", "status": 0}
PATHS = [("GET", "/api/clients"), ("POST", "/api/heartbeat"), ("GET", "/api/calls"), ("POST", "/api/calls")]
PATHS += [("GET", "/healthz"), ("GET", "/docs")]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("address", ["192.0.2.50", "2001:db8::5", "10.127.0.1", "128.0.0.1"])
def test_other_machines_are_told_what_to_do(
    fleet: Fleet, recorder: Recorder, clock: HandClock, method: str, path: str, address: str
) -> None:
    answer = caller(fleet, recorder, clock, address).request(method, path, json=BEAT)

    assert (answer.status_code, answer.json()["code"]) == (403, "protected-mode")
    assert "OPEN_NETWORK=1" in answer.json()["detail"]
    assert fleet.clients() == []


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_served(fleet: Fleet, recorder: Recorder, clock: HandClock, address: str) -> None:
    assert caller(fleet, recorder, clock, address).post("/api/heartbeat", json=BEAT).status_code == 200


def test_this_machine_is_served_at_its_own_address_in_the_network(
    fleet: Fleet, recorder: Recorder, clock: HandClock
) -> None:
    reports = Reports(fleet, MemoryHistory(), clock)
    calls = CallLog(MemoryCallStore(), clock, keep_days=365)
    wishes = Wishes(fleet, MemoryWishStore(), clock, LocalBus())
    app = create_app(fleet, recorder, reports, calls, clock, wishes=wishes, open_network=False)
    itself = TestClient(app, base_url="http://192.0.2.50:8083", client=("192.0.2.50", 50000))

    assert itself.get("/healthz").status_code == 200


def test_an_open_network_serves_all(fleet: Fleet, recorder: Recorder, clock: HandClock) -> None:
    remote = caller(fleet, recorder, clock, "192.0.2.50", open_network=True)

    assert remote.post("/api/heartbeat", json=BEAT).status_code == 200
    assert fleet.client("NIKITA").address == "192.0.2.50"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_on_this_machine_does_not_lend_its_address(
    fleet: Fleet, recorder: Recorder, clock: HandClock, header: str
) -> None:
    answer = caller(fleet, recorder, clock, "127.0.0.1").get("/api/clients", headers={header: "192.0.2.50"})

    assert (answer.status_code, answer.json()["code"]) == (403, "protected-mode")


def test_a_web_page_that_points_its_own_name_here_reads_nothing(
    fleet: Fleet, recorder: Recorder, clock: HandClock
) -> None:
    answer = caller(fleet, recorder, clock, "127.0.0.1").get("/api/clients", headers={"host": "evil.example:8083"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize("host", ["localhost:8083", "LOCALHOST", "[::1]:8083", "127.0.0.1", "192.0.2.1:8083"])
def test_own_names_and_addresses_are_answered(fleet: Fleet, recorder: Recorder, clock: HandClock, host: str) -> None:
    assert caller(fleet, recorder, clock, "127.0.0.1").get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("open_network", [False, True])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
def test_a_web_page_of_another_site_cannot_switch_a_phone(
    fleet: Fleet, recorder: Recorder, clock: HandClock, origin: str, open_network: bool
) -> None:
    page = caller(fleet, recorder, clock, "127.0.0.1", open_network=open_network)

    answer = page.post("/api/clients/NIKITA/set_dnd?enabled=true", headers={"origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_the_servers_own_pages_may_call_it(fleet: Fleet, recorder: Recorder, clock: HandClock) -> None:
    own = {"origin": "http://127.0.0.1:8083"}

    answer = caller(fleet, recorder, clock, "127.0.0.1").post("/api/heartbeat", json=BEAT, headers=own)

    assert answer.status_code == 200
