"""`microsip-manager groups`: what it asks for, what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.groups import Group, GroupSize, Labels
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, Office, answer_of, refusal

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office() -> Office:
    office = Office()
    office.more["/api/groups"] = lambda _: answer_of([GroupSize("Sales", 2)])
    office.more["/api/groups/Sales"] = lambda _: answer_of(Group("Sales", ["NIKITA", "OLGA"]))
    office.more["/api/groups/Sales/members"] = lambda _: answer_of(Group("Sales", ["NIKITA"]))
    office.more["/api/clients/NIKITA/labels"] = lambda _: answer_of(Labels("NIKITA", {"floor": "2"}))
    return office


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "groups", *words], office.transport)
        return code, *capsys.readouterr()

    return run


def asked(office: Office) -> tuple[str, str, object]:
    [request] = office.asked
    return request.method, unquote(request.url.path), json.loads(request.content or b"null")


def test_it_lists_groups_and_members(run: Run) -> None:
    assert run("list")[1].split() == ["Group", "Members", "Sales", "2"]
    assert json.loads(run("show", "Sales", "--json")[1]) == {"name": "Sales", "members": ["NIKITA", "OLGA"]}


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("set", "Sales", "NIKITA", "OLGA"), ("PUT", "/api/groups/Sales", {"members": ["NIKITA", "OLGA"]})),
        (("add", "Sales", "OLGA"), ("PATCH", "/api/groups/Sales/members", {"add": ["OLGA"], "remove": []})),
        (("remove", "Sales", "OLGA"), ("PATCH", "/api/groups/Sales/members", {"add": [], "remove": ["OLGA"]})),
        (("delete", "Sales"), ("DELETE", "/api/groups/Sales", None)),
        (("labels", "NIKITA"), ("GET", "/api/clients/NIKITA/labels", None)),
        (
            ("labels", "NIKITA", "floor=2", "--remove", "city"),
            ("PATCH", "/api/clients/NIKITA/labels", {"labels": {"city": None, "floor": "2"}}),
        ),
    ],
)
def test_it_asks_the_server_for_it(run: Run, office: Office, words: tuple[str, ...], sent: object) -> None:
    code, out, _ = run(*words)

    assert code == 0
    assert asked(office) == sent
    assert "NIKITA" in out or "floor" in out


def test_a_name_is_escaped_on_its_way(run: Run, office: Office) -> None:
    office.more["/api/groups/Отдел #1"] = lambda _: answer_of(Group("Отдел #1", []))

    assert run("show", "Отдел #1")[0] == 0


def test_an_unknown_group_is_told_and_ends_with_1(run: Run, office: Office) -> None:
    def unknown(_: httpx2.Request) -> httpx2.Response:
        return refusal(ProblemCode.UNKNOWN_GROUP, "There is no group 'Nobody'.")

    office.more["/api/groups/Nobody"] = unknown

    assert run("show", "Nobody") == (1, "", "There is no group 'Nobody'.\n")


def test_a_label_without_a_value_is_wrong_usage(run: Run, office: Office) -> None:
    assert run("labels", "NIKITA", "floor")[0] == 2
    assert office.asked == []
