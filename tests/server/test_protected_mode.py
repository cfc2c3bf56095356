"""Who may speak with a server that has no accounts yet."""

from __future__ import annotations

import pytest

from microsip_manager.server.services import Services
from tests.server.conftest import caller_of

BEAT = {"hostname": "NIKITA", "extension": "485", "status": 0}
PATHS = [("GET", "/api/clients"), ("POST", "/api/heartbeat"), ("GET", "/api/calls"), ("POST", "/api/calls")]
PATHS += [("GET", "/healthz"), ("GET", "/docs")]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("address", ["192.0.2.50", "2001:db8::5", "10.127.0.1", "128.0.0.1"])
def test_other_machines_are_told_what_to_do(services: Services, method: str, path: str, address: str) -> None:
    answer = caller_of(services, address).request(method, path, json=BEAT)

    assert (answer.status_code, answer.json()["code"]) == (403, "protected-mode")
    assert "OPEN_NETWORK=1" in answer.json()["detail"]
    assert services.fleet.clients() == []


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_served(services: Services, address: str) -> None:
    assert caller_of(services, address).post("/api/heartbeat", json=BEAT).status_code == 200


def test_this_machine_is_served_at_its_own_address_in_the_network(services: Services) -> None:
    itself = caller_of(services, "192.0.2.50", called="192.0.2.50")

    assert itself.get("/healthz").status_code == 200


def test_an_open_network_serves_all(services: Services) -> None:
    remote = caller_of(services, "192.0.2.50", open_network=True)

    assert remote.post("/api/heartbeat", json=BEAT).status_code == 200
    assert services.fleet.client("NIKITA").address == "192.0.2.50"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_on_this_machine_does_not_lend_its_address(services: Services, header: str) -> None:
    answer = caller_of(services, "127.0.0.1").get("/api/clients", headers={header: "192.0.2.50"})

    assert (answer.status_code, answer.json()["code"]) == (403, "protected-mode")


def test_a_web_page_that_points_its_own_name_here_reads_nothing(services: Services) -> None:
    answer = caller_of(services, "127.0.0.1").get("/api/clients", headers={"host": "evil.example:8083"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize("host", ["localhost:8083", "LOCALHOST", "[::1]:8083", "127.0.0.1", "192.0.2.1:8083"])
def test_own_names_and_addresses_are_answered(services: Services, host: str) -> None:
    assert caller_of(services, "127.0.0.1").get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("open_network", [False, True])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
def test_a_web_page_of_another_site_cannot_switch_a_phone(services: Services, origin: str, open_network: bool) -> None:
    page = caller_of(services, "127.0.0.1", open_network=open_network)

    answer = page.post("/api/clients/NIKITA/set_dnd?enabled=true", headers={"origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_the_servers_own_pages_may_call_it(services: Services) -> None:
    own = {"origin": "http://127.0.0.1:8083"}

    answer = caller_of(services, "127.0.0.1").post("/api/heartbeat", json=BEAT, headers=own)

    assert answer.status_code == 200
