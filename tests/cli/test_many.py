"""`dnd --group` and `message --group`: one request, and a result for each member."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.bulk import BulkSummary, ClientResult
from microsip_manager.wire.codec import encode
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, Office, refusal

Run = Callable[..., tuple[int, str, str]]
DND, MESSAGE = "/api/clients/set_dnd", "/api/clients/display_message"
NIKITA = ClientResult("NIKITA", "applied", True, dnd=True)
PAVEL = ClientResult("PAVEL", "unreachable", False, "nothing answers")


def lines(results: Sequence[ClientResult], *, cut: bool = False) -> Callable[[httpx2.Request], httpx2.Response]:
    done = sum(one.ok for one in results)
    told: list[object] = [{"result": one} for one in results]
    told += [] if cut else [{"summary": BulkSummary(len(results), done, len(results) - done, False)}]
    return lambda _: httpx2.Response(200, content=b"".join(encode(line) + b"\n" for line in told))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, *words], office.transport)
        return code, *capsys.readouterr()

    return run


def test_dnd_of_a_group_is_one_request_with_a_row_for_each(run: Run, office: Office) -> None:
    office.more[DND] = lines([PAVEL, NIKITA])

    code, out, _ = run("dnd", "on", "--group", "Sales", "--minimum-available", "2", "--dry-run")

    assert code == 1
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["NIKITA", "applied"], ["PAVEL", "unreachable"]]
    assert "1 of 2 done" in out
    [request] = office.asked
    assert request.headers["accept"] == "application/x-ndjson"
    assert json.loads(request.content) == {"enabled": True, "group": "Sales", "dry_run": True, "minimum_available": 2}


def test_its_json_is_that_of_single_pcs(run: Run, office: Office) -> None:
    office.more[DND] = lines([NIKITA])

    code, out, _ = run("dnd", "on", "--group", "Sales", "--json")

    assert (code, json.loads(out)) == (
        0,
        [{"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": "", "ok": True, "wish": None}],
    )


def test_a_refusal_is_told(run: Run, office: Office) -> None:
    office.more[DND] = lambda _: refusal(ProblemCode.TOO_FEW_AVAILABLE, "Only 1 would stay online.")

    assert run("dnd", "on", "--group", "Sales") == (1, "", "Only 1 would stay online.\n")


def test_a_stream_that_is_cut_is_no_success(run: Run, office: Office) -> None:
    office.more[DND] = lines([NIKITA], cut=True)

    code, _, err = run("dnd", "on", "--group", "Sales")

    assert code == 1
    assert "it ends after 1 results" in err


def test_a_message_goes_to_a_group(run: Run, office: Office) -> None:
    office.more[MESSAGE] = lines([ClientResult("NIKITA", "shown", True, id="0f" * 16)])

    code, out, _ = run("message", "Lunch", "--group", "Sales", "--json")

    assert (code, json.loads(out)[0]["outcome"]) == (0, "shown")
    wish = json.loads(office.asked[0].content)
    assert (wish["group"], wish["message"]["text"]) == ("Sales", "Lunch")


@pytest.mark.parametrize(
    "words",
    [
        ("dnd", "on", "NIKITA", "--group", "Sales"),
        ("dnd", "on", "--all", "--group", "Sales"),
        ("dnd", "on", "NIKITA", "--dry-run"),
        ("dnd", "on", "--all", "--yes", "--minimum-available", "1"),
        ("message", "Lunch", "NIKITA", "--group", "Sales"),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(run: Run, office: Office, words: tuple[str, ...]) -> None:
    assert run(*words)[0] == 2
    assert office.asked == []
