"""`microsip-manager history`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, NOON, Office, answer_of, refusal

CLI = Callable[..., tuple[int, str, str]]
PATH = "/api/clients/NIKITA/history"
BACK = StatusChange(3, PhoneStatus.DND, PhoneStatus.ONLINE, NOON + timedelta(minutes=65, seconds=5))
AWAY = StatusChange(2, PhoneStatus.ONLINE, PhoneStatus.DND, NOON)
NEW = StatusChange(1, None, PhoneStatus.ONLINE, NOON - timedelta(minutes=3))


@pytest.fixture
def office() -> Office:
    return Office(more={PATH: lambda _: answer_of([BACK, AWAY, NEW])})


@pytest.fixture
def cli(office: Office, capsys: pytest.CaptureFixture[str]) -> CLI:
    def cli(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "history", *words], office.transport)
        return code, *capsys.readouterr()

    return cli


def test_it_shows_each_change_with_how_long_it_lasted(cli: CLI) -> None:
    code, out, _ = cli("NIKITA")

    assert code == 0
    rows = out.splitlines()[1:]
    assert re.search(r"🟢 online +dnd *$", rows[0])
    assert re.search(r"🔴 dnd +1:05:05 +online *$", rows[1])
    assert re.search(r"🟢 online +3:00 *$", rows[2])
    assert rows[3] == "3 changes"


def test_a_period_is_asked_for_and_pages_are_followed_up_to_the_limit(cli: CLI, office: Office) -> None:
    def pages(request: httpx2.Request) -> httpx2.Response:
        if "cursor" in request.url.params:
            return answer_of([AWAY, NEW])
        return answer_of([BACK], link=f'<{PATH}?cursor=abc>; rel="next"')

    office.more[PATH] = pages

    code, out, _ = cli("NIKITA", "--from", "2026-03-02", "--to", "2026-03-03", "--limit", "2", "--json")

    assert code == 0
    assert [change["id"] for change in json.loads(out)] == [3, 2]
    assert [request.url.params["from"] for request in office.asked] == ["2026-03-02"] * 2
    assert office.asked[0].url.params["to"] == "2026-03-03"


def test_a_client_nobody_has_heard_of_is_a_failure(cli: CLI, office: Office) -> None:
    office.more[PATH] = lambda _: refusal(ProblemCode.UNKNOWN_CLIENT, "No client 'NIKITA' has been heard of.")

    assert cli("NIKITA")[::2] == (1, "No client 'NIKITA' has been heard of.\n")


def test_no_server_is_said_by_the_exit_code(cli: CLI, office: Office) -> None:
    office.down.add(FIRST)

    assert cli("NIKITA")[0] == 3
