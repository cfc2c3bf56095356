"""The first administrator of a server."""

from __future__ import annotations

import asyncio

import pytest

from microsip_manager.server.errors import ManagerError, NotReady, SetUpAlready
from microsip_manager.server.identity.setup import FirstSetUp
from microsip_manager.server.services import Services
from microsip_manager.wire.people import SetUp, SetUpServer
from tests.server.conftest import caller_of
from tests.server.identity.people import PASSWORD, browser, set_up, told

ANNA = {"name": "anna", "password": PASSWORD}


def test_from_the_first_administrator_on_everybody_has_to_sign_in(services: Services) -> None:
    api = caller_of(services)
    assert api.get("/api/clients").status_code == 200

    answer = api.post("/api/setup", json=ANNA)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json()["user"]["name"], answer.json()["user"]["role"]) == ("anna", "admin")
    assert PASSWORD not in answer.text
    assert told(api.get("/api/clients")) == (401, "not-signed-in")
    assert browser(services).sign_in("ANNA").status_code == 201


def test_it_is_done_once(services: Services) -> None:
    admin = set_up(services)

    for again in (admin, browser(services)):
        assert told(again.http.post("/api/setup", json={"name": "mallory", "password": PASSWORD})) == (
            409,
            "set-up-already",
        )
    assert [user["name"] for user in admin.ask("GET", "/api/users").json()] == ["anna"]


def test_a_server_with_a_token_is_set_up_already(services: Services) -> None:
    api = caller_of(services)
    api.post("/api/tokens", json={"name": "first", "role": "admin"})

    assert told(api.post("/api/setup", json=ANNA)) == (409, "set-up-already")


@pytest.mark.parametrize("open_network", [False, True])
def test_a_stranger_who_finds_a_new_server_does_not_become_its_administrator(
    services: Services, open_network: bool
) -> None:
    stranger = caller_of(services, "192.0.2.66", called="192.0.2.1", open_network=open_network)

    assert told(stranger.post("/api/setup", json=ANNA)) == (403, "protected-mode")
    assert not services.credentials.required


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"password": "eleven char"}, "$.password"),
        ({"password": "x" * 257}, "$.password"),
        ({"name": "a/b"}, "$.name"),
        ({"name": "an\nna"}, "$.name"),
        ({"role": "viewer"}, "role"),
    ],
)
def test_what_is_wrong_is_named(services: Services, change: dict[str, str], named: str) -> None:
    answer = caller_of(services).post("/api/setup", json=ANNA | change)

    assert told(answer) == (422, "bad-message")
    assert named in answer.json()["detail"]
    assert not services.credentials.required


def test_of_two_set_ups_at_once_exactly_one_wins(services: Services) -> None:
    async def both() -> list[SetUp | BaseException]:
        setup = services.people.setup
        wishes = [SetUpServer(name, PASSWORD) for name in ("anna", "boris")]
        return await asyncio.gather(*(setup.set_up(wish) for wish in wishes), return_exceptions=True)

    first, second = asyncio.run(both())

    assert isinstance(first, SetUp)
    assert isinstance(second, SetUpAlready)


def test_it_makes_the_certificate_before_the_administrator_and_the_join_token_after(services: Services) -> None:
    done: list[str] = []

    async def certificate() -> None:
        done.append(f"certificate, accounts: {services.credentials.required}")

    async def join_token() -> str:
        done.append(f"join token, accounts: {services.credentials.required}")
        return "the join token"

    setup = FirstSetUp(services.people.users, services.credentials, certificate, join_token)

    made = asyncio.run(setup.set_up(SetUpServer("anna", PASSWORD)))

    assert made.join_token == "the join token"
    assert done == ["certificate, accounts: False", "join token, accounts: True"]


def test_without_a_certificate_there_is_no_administrator_yet_and_it_can_be_tried_again(services: Services) -> None:
    async def certificate() -> None:
        raise NotReady("the disk is full")

    setup = FirstSetUp(services.people.users, services.credentials, certificate)

    with pytest.raises(ManagerError, match="disk"):
        asyncio.run(setup.set_up(SetUpServer("anna", PASSWORD)))
    assert set_up(services).who is not None


def test_without_a_join_token_there_is_the_administrator_all_the_same(services: Services) -> None:
    async def join_token() -> str:
        raise NotReady("the disk is full")

    setup = FirstSetUp(services.people.users, services.credentials, first_join_token=join_token)

    made = asyncio.run(setup.set_up(SetUpServer("anna", PASSWORD)))

    assert (made.user.name, made.join_token) == ("anna", None)
