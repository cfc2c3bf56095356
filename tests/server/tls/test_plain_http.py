"""Who may come without TLS once there are accounts, and by which name."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import nullcontext
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.app import create_app
from microsip_manager.server.errors import NeedsTls
from microsip_manager.server.services import Services
from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.server.tls.plain_http import PlainHttp
from microsip_manager.tls.folder import TlsFolder
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services
from tests.server.conftest import caller_of
from tests.tls.house import house

PORT = ":8083"


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Services:
    """A server with a certificate for phones.corp.example and one account."""
    made = house(tmp_path, "phones.corp.example", "192.0.2.1", now=clock.now())
    keeper = TlsKeeper(made, clock)
    keeper.load()
    return fake_services(clock=clock, tls=keeper)


@pytest.fixture
def admin(services: Services) -> dict[str, str]:
    here = caller_of(services)
    answer = here.post("/api/tokens", json={"name": "first", "role": "admin"})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def plain(services: Services, called: str = "192.0.2.1", *, allowed: bool = False, port: str = PORT) -> TestClient:
    """Another machine, without TLS."""
    app = create_app(services, open_network=False, allow_plaintext=allowed)
    return TestClient(app, base_url=f"http://{called}{port}", client=("192.0.2.10", 50000), follow_redirects=False)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/docs", "/", "/a%20page?x=%2F&y=1", "/apiary"])
def test_pages_are_found_over_tls(services: Services, admin: dict[str, str], method: str, path: str) -> None:
    answer = plain(services).request(method, path, headers=admin)

    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://192.0.2.1:8083{path}"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/clients"), ("POST", "/api/heartbeat"), ("POST", "/docs"), ("GET", "/api"), ("DELETE", "/healthz")],
)
def test_the_rest_is_told_where_to_go(services: Services, admin: dict[str, str], method: str, path: str) -> None:
    answer = plain(services, "phones.corp.example").request(method, path, headers=admin)

    assert (answer.status_code, answer.json()["code"]) == (403, "needs-tls")
    assert "https://phones.corp.example:8083" in answer.json()["detail"]


@pytest.mark.parametrize(("scheme", "refused"), [("ws", True), ("wss", False)])
def test_a_link_needs_tls_too(scheme: str, refused: bool) -> None:
    policy = PlainHttp(False, lambda: True, is_here=lambda _: False)
    scope = {"type": "websocket", "scheme": scheme, "path": "/api/agent", "server": ("192.0.2.1", 8083)}

    with pytest.raises(NeedsTls, match=r"https://phones\.lan:8083 instead") if refused else nullcontext():
        policy.check(scope, b"phones.lan:8083")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/ca.pem"])
def test_what_is_no_secret_is_answered(services: Services, admin: dict[str, str], path: str) -> None:
    assert plain(services).get(path).status_code == 200


def test_the_phonebook_of_microsip_is_no_place_for_tls(services: Services, admin: dict[str, str]) -> None:
    assert plain(services).get("/directory/some-key/directory.json").status_code == 404


def test_allow_plaintext_lifts_it(services: Services, admin: dict[str, str]) -> None:
    assert plain(services, allowed=True).get("/api/clients", headers=admin).status_code == 200


def test_the_machine_itself_needs_no_tls(services: Services, admin: dict[str, str]) -> None:
    assert caller_of(services).get("/api/clients", headers=admin).status_code == 200
    assert caller_of(services, "127.5.5.5").get("/api/clients", headers=admin).status_code == 200


def test_without_accounts_protected_mode_speaks_first(services: Services) -> None:
    assert plain(services).get("/api/clients").json()["code"] == "protected-mode"


def test_without_a_certificate_the_command_is_named(admin: dict[str, str]) -> None:
    bare = fake_services()
    made = caller_of(bare).post("/api/tokens", json={"name": "first", "role": "admin"}).json()["token"]

    answer = plain(bare).get("/docs", headers={"Authorization": f"Bearer {made}"})

    assert (answer.status_code, answer.json()["code"]) == (403, "needs-tls")
    assert "`microsip-manager tls init`" in answer.json()["detail"]


def test_a_host_without_a_port_is_sent_to_the_one_that_answers(services: Services, admin: dict[str, str]) -> None:
    answer = plain(services, port="").get("/docs", headers=admin)

    assert answer.headers["location"] == "https://192.0.2.1:80/docs"  # the port on which it was called


@pytest.mark.parametrize("host", ["192.0.2.1:8083@evil.example", "192.0.2.1:@evil.example", "192.0.2.1:x"])
def test_nobody_is_sent_elsewhere(services: Services, admin: dict[str, str], host: str) -> None:
    answer = plain(services).get("/docs", headers={**admin, "host": host})

    assert answer.headers["location"] == "https://192.0.2.1:8083/docs"


def test_an_ipv6_address_keeps_its_brackets(services: Services, admin: dict[str, str]) -> None:
    answer = plain(services).get("/docs", headers={**admin, "host": "[fd00::12]:8083"})

    assert answer.headers["location"] == "https://[fd00::12]:8083/docs"


def test_what_is_no_secret_is_answered_by_every_name(services: Services, admin: dict[str, str]) -> None:
    assert plain(services, "balancer.example").get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8083", "192.0.2.1.evil.example", "", "phones.corp.example.evil"])
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.10"])
def test_a_name_that_is_not_the_servers_is_refused(
    services: Services, admin: dict[str, str], host: str, address: str
) -> None:
    answer = caller_of(services, address).get("/docs", headers={**admin, "host": host})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize("host", ["phones.corp.example:8083", "PHONES.corp.example", "localhost", "192.0.2.77"])
def test_names_in_the_certificate_and_addresses_are_answered(
    services: Services, admin: dict[str, str], host: str
) -> None:
    answer = caller_of(services, "192.0.2.10").get("/api/clients", headers={**admin, "host": host})

    assert answer.status_code == 200


def test_a_page_that_came_in_the_clear_is_another_site_than_ours(services: Services, admin: dict[str, str]) -> None:
    over_tls = caller_of(services, "192.0.2.10", called="192.0.2.1")

    ours = over_tls.get("/api/clients", headers={**admin, "origin": "https://192.0.2.1:8083"})
    altered = over_tls.get("/api/clients", headers={**admin, "origin": "http://192.0.2.1:8083"})

    assert ours.status_code == 200
    assert (altered.status_code, altered.json()["code"]) == (403, "foreign-origin")


def test_browsers_are_bound_to_tls_only_where_the_name_is_ours_alone(services: Services, admin: dict[str, str]) -> None:
    header = "strict-transport-security"
    bound = create_app(services, open_network=False, strict_transport=True)
    usual = create_app(services, open_network=False)

    def asked(app: object, scheme: str) -> str | None:
        client = TestClient(app, base_url=f"{scheme}://127.0.0.1", client=("127.0.0.1", 5))  # type: ignore[arg-type]
        found: str | None = client.get("/docs", headers=admin).headers.get(header)
        return found

    assert asked(bound, "https") == "max-age=2592000"
    assert asked(bound, "http") is None
    assert asked(usual, "https") is None


def test_the_authority_is_handed_out_to_anyone(services: Services, admin: dict[str, str]) -> None:
    answer = caller_of(services, "192.0.2.10").get("/api/ca.pem")

    assert answer.headers["content-type"].startswith("application/x-pem-file")
    assert ssl.PEM_cert_to_DER_cert(answer.text)


def test_a_server_without_an_authority_has_none_to_hand_out() -> None:
    answer = caller_of(fake_services()).get("/api/ca.pem")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_first_setup_makes_a_certificate(tmp_path: Path, clock: HandClock) -> None:
    keeper = TlsKeeper(TlsFolder(tmp_path / "tls"), clock)

    asyncio.run(keeper.make_if_missing())

    assert keeper.names.has("localhost")
    assert keeper.fingerprint is not None
