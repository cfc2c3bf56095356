"""Who comes in, once there is a token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of, caller_of


def made(api: TestClient, role: str, **more: object) -> str:
    """A token of this role; the first one is made in protected mode."""
    answer = api.post("/api/tokens", json={"name": f"of a test, {role}", "role": role} | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    return shown(made(api, "admin"))


def test_the_first_token_ends_protected_mode_for_this_machine_too(api: TestClient) -> None:
    assert api.get("/api/clients").status_code == 200

    token = made(api, "admin")

    refused = api.get("/api/clients")
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert api.get("/api/clients", headers=shown(token)).status_code == 200


def test_a_token_opens_the_server_to_the_network(services: Services, api: TestClient, admin: dict[str, str]) -> None:
    network = caller_of(services, "192.0.2.10", called="192.0.2.1")

    assert network.get("/api/clients").status_code == 401
    assert network.get("/api/clients", headers=admin).status_code == 200


@pytest.mark.parametrize("credentials", ["Bearer mmt_guessed", "Basic dXNlcjpwYXNz", "Bearer", ""])
def test_what_is_not_a_token_of_ours_is_refused(api: TestClient, admin: dict[str, str], credentials: str) -> None:
    answer = api.get("/api/clients", headers={"Authorization": credentials})

    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_an_expired_token_opens_nothing(api: TestClient, admin: dict[str, str], clock: HandClock) -> None:
    until = clock.now() + timedelta(hours=1)
    answer = api.post(
        "/api/tokens",
        headers=admin,
        json={"name": "for an hour", "role": "viewer", "expires_at": until.isoformat()},
    )
    token = shown(answer.json()["token"])
    assert api.get("/api/clients", headers=token).status_code == 200

    clock.forward(seconds=3600)

    assert api.get("/api/clients", headers=token).status_code == 401


def test_a_revoked_token_opens_nothing(api: TestClient, admin: dict[str, str]) -> None:
    answer = api.post("/api/tokens", headers=admin, json={"name": "lost", "role": "viewer"})

    assert api.delete(f"/api/tokens/{answer.json()['about']['id']}", headers=admin).status_code == 200

    assert api.get("/api/clients", headers=shown(answer.json()["token"])).status_code == 401


def test_tokens_are_listed_without_their_secrets(api: TestClient, admin: dict[str, str], clock: HandClock) -> None:
    listed = api.get("/api/tokens", headers=admin)

    assert [(token["role"], token["last_used_at"]) for token in listed.json()] == [
        ("admin", clock.now().isoformat().replace("+00:00", "Z"))
    ]
    assert admin["Authorization"].removeprefix("Bearer ") not in listed.text


def test_a_viewer_sees_and_does_not_act(api: TestClient, admin: dict[str, str], fleet: Fleet) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    token = api.post("/api/tokens", headers=admin, json={"name": "wall", "role": "viewer"}).json()["token"]

    assert api.get("/api/clients/NIKITA", headers=shown(token)).status_code == 200
    refused = api.post("/api/clients/NIKITA/set_dnd?enabled=true", headers=shown(token))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_an_operator_acts_in_own_groups_only(
    api: TestClient, admin: dict[str, str], fleet: Fleet, agents: FakeAgents
) -> None:
    for hostname in ("NIKITA", "OLGA"):
        fleet.record(beat_of(hostname), "192.0.2.17")
    api.put("/api/groups/Sales", headers=admin, json={"members": ["nikita"]})
    token = shown(
        api.post("/api/tokens", headers=admin, json={"name": "shift", "role": "operator", "groups": ["Sales"]}).json()[
            "token"
        ]
    )

    assert api.post("/api/clients/NIKITA/set_dnd?enabled=true", headers=token).status_code == 200
    refused = api.post("/api/clients/OLGA/set_dnd?enabled=true", headers=token)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_nobody_learns_which_paths_there_are(api: TestClient, admin: dict[str, str]) -> None:
    assert api.get("/api/there-is-nothing").status_code == 401
    assert api.get("/api/there-is-nothing", headers=admin).status_code == 404
    assert api.delete("/api/clients", headers=admin).status_code == 405


def test_who_goes_on_guessing_is_told_to_wait_and_others_are_not(services: Services, admin: dict[str, str]) -> None:
    guesser, other = (caller_of(services, address, called="192.0.2.1") for address in ("192.0.2.66", "192.0.2.10"))
    answers = [guesser.get("/api/clients", headers=shown(f"mmt_guess{number}")) for number in range(100)]

    assert {answer.status_code for answer in answers[:60]} == {401}
    assert {answer.status_code for answer in answers[61:]} == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert other.get("/api/clients", headers=admin).status_code == 200
    assert guesser.get("/api/clients", headers=admin).status_code == 200


def test_what_anybody_may_do_has_a_rate_for_each_address(services: Services, admin: dict[str, str]) -> None:
    visitor, other = (caller_of(services, address, called="192.0.2.1") for address in ("192.0.2.66", "192.0.2.10"))
    statuses = [visitor.get("/healthz").status_code for _ in range(500)]

    assert set(statuses[:200]) == {200}
    assert statuses[-1] == 429
    assert other.get("/healthz").status_code == 200
    assert visitor.get("/api/clients", headers=admin).status_code == 200


def test_a_token_that_asks_too_often_is_held_back(api: TestClient, admin: dict[str, str], clock: HandClock) -> None:
    statuses = [api.get("/api/clients", headers=admin).status_code for _ in range(1010)]

    assert statuses.count(200) in range(990, 1001)
    assert statuses[-1] == 429
    clock.forward(seconds=1)
    assert api.get("/api/clients", headers=admin).status_code == 200
