"""An operator with groups commands many, but only the own ones."""

from __future__ import annotations

from typing import Any

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from tests.fakes.agent_link import FakeAgents
from tests.server.conftest import beat_of
from tests.server.identity.people import Browser, browser, make_user, set_up, told

SWITCH = "/api/clients/set_dnd"
SHOW = "/api/clients/display_message"


@pytest.fixture(autouse=True)
def cast(fleet: Fleet) -> None:
    for hostname in ("NIKITA", "OLGA", "PAVEL"):
        fleet.record(beat_of(hostname), "192.0.2.17")


@pytest.fixture
def anna(services: Services) -> Browser:
    admin = set_up(services)
    admin.ask("PUT", "/api/groups/Sales", {"members": ["nikita", "olga", "ANTON"]})
    admin.ask("PUT", "/api/groups/Support", {"members": ["OLGA", "PAVEL"]})
    for hostname in ("OLGA", "PAVEL"):
        admin.ask("PATCH", f"/api/clients/{hostname}/labels", {"labels": {"floor": "2"}})
    return admin


@pytest.fixture
def boris(services: Services, anna: Browser) -> Browser:
    """An operator of Sales, and of a group that there is no more."""
    make_user(anna, "boris", "operator", groups=["SALES", "Gone"])
    signed_in = browser(services)
    signed_in.sign_in("boris")
    return signed_in


def switched(who: Browser, whom: dict[str, Any]) -> set[str]:
    answer = who.ask("POST", SWITCH, {"enabled": True, "dry_run": True} | whom)
    assert answer.status_code == 200, answer.text
    return {result["hostname"] for result in answer.json()["results"]}


@pytest.mark.parametrize(
    ("whom", "reached"),
    [
        ({"all": True}, {"NIKITA", "OLGA"}),
        ({"status": "online"}, {"NIKITA", "OLGA"}),
        ({"label": "floor=2"}, {"OLGA"}),
        ({"group": "Sales"}, {"NIKITA", "OLGA", "ANTON"}),
        ({"hostnames": ["Olga", "anton"]}, {"OLGA", "anton"}),
        ({"hostnames": ["OLGA"], "group": "Support"}, {"OLGA"}),
    ],
)
def test_all_are_all_of_the_own_ones(boris: Browser, whom: dict[str, Any], reached: set[str]) -> None:
    assert switched(boris, whom) == reached


@pytest.mark.parametrize(
    ("whom", "counted"),
    [
        ({"hostnames": ["NIKITA", "PAVEL"]}, "1 of 2"),
        ({"hostnames": ["PAVEL", "NOBODY"]}, "2 of 2"),
        ({"hostnames": ["PAVEL"], "status": "dnd"}, "1 of 1"),
        ({"group": "Support"}, "1 of 2"),
    ],
)
@pytest.mark.parametrize("path", [SWITCH, SHOW])
@pytest.mark.parametrize("dry_run", [False, True])
def test_who_names_others_is_told_how_many_and_nothing_is_sent(
    boris: Browser, agents: FakeAgents, whom: dict[str, Any], counted: str, path: str, dry_run: bool
) -> None:
    command = {"enabled": True} if path == SWITCH else {"message": {"text": "Lunch"}}

    answer = boris.ask("POST", path, command | whom | {"dry_run": dry_run})

    assert told(answer) == (403, "not-allowed")
    assert answer.json()["detail"].startswith(f"{counted} are in none")
    assert agents.most_at_once == 0


def test_an_operator_without_groups_and_an_administrator_reach_everybody(services: Services, anna: Browser) -> None:
    make_user(anna, "clara", "operator")
    clara = browser(services)
    clara.sign_in("clara")

    for who in (anna, clara):
        assert switched(who, {"all": True}) == {"NIKITA", "OLGA", "PAVEL"}


def test_an_operator_whose_groups_are_gone_reaches_nobody(anna: Browser, boris: Browser) -> None:
    anna.ask("DELETE", "/api/groups/Sales")

    assert switched(boris, {"all": True}) == set()


def test_who_has_to_stay_is_counted_among_the_own_ones(boris: Browser) -> None:
    refused = boris.ask("POST", SWITCH, {"enabled": True, "status": "online", "minimum_available": 1})

    assert told(refused) == (409, "too-few-available")


def test_those_of_a_group_who_have_to_stay_are_counted_among_the_whole_group(boris: Browser) -> None:
    answer = boris.ask(
        "POST", SWITCH, {"enabled": True, "hostnames": ["OLGA"], "group": "Support", "minimum_available": 1}
    )

    assert answer.status_code == 200
