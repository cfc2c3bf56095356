"""`microsip-manager audit`: what it asks for, what it prints and how it ends."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.audit import AuditCheck, AuditRecord, Broken
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, NOON, Office, answer_of, refusal

Run = Callable[..., tuple[int, str, str]]
HASH = "9f" * 32
DECEIT = "\x1b[2J\x1b]0;owned\x07\u202eevil\r\nroot"


def record(seq: int, **more: object) -> AuditRecord:
    usual: dict[str, object] = {
        "at": NOON,
        "who": "user anna",
        "who_id": "1",
        "address": "192.0.2.10",
        "what": "PUT /api/groups/{name}",
        "hostname": "",
        "target": "Sales",
        "before": {"members": 1},
        "after": {"members": 2},
        "numbers": [],
        "status": 200,
        "outcome": "ok",
        "times": 1,
        "since": None,
        "request_id": "5b1f",
        "hash": HASH,
    }
    return AuditRecord(seq=seq, **{**usual, **more})  # type: ignore[arg-type]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "audit", *words], office.transport)
        return code, *capsys.readouterr()

    return run


def rows_of(*rows: AuditRecord, more: bool = False) -> Callable[[httpx2.Request], httpx2.Response]:
    link = '</api/audit?before=1>; rel="next"' if more else ""
    return lambda _: answer_of(list(rows), link=link)


def test_it_lists_who_did_what(office: Office, run: Run) -> None:
    office.more["/api/audit"] = rows_of(record(2, times=7, outcome="not-allowed"), record(1))

    code, said, _ = run("list", "--who", "anna", "--what", "PUT", "--host", "NIKITA", "--outcome", "failed")

    assert code == 0
    assert said.splitlines()[-1] == "2 rows"
    assert "user anna" in said
    assert "Sales" in said
    assert '{"members": 1} → {"members": 2}' in said
    [asked] = office.asked
    assert dict(asked.url.params) == {
        "who": "anna",
        "what": "PUT",
        "hostname": "NIKITA",
        "outcome": "failed",
        "limit": "50",
    }


def test_it_goes_on_with_the_next_page(office: Office, run: Run) -> None:
    pages = {None: rows_of(record(4), record(3), more=True), "3": rows_of(record(2), record(1))}
    office.more["/api/audit"] = lambda request: pages[request.url.params.get("before")](request)

    assert [row["seq"] for row in json.loads(run("list", "--json")[1])] == [4, 3, 2, 1]
    assert run("list", "--limit", "3")[1].splitlines()[-1] == "3 rows"


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("export",), ("export", "--json"), ("verify",)])
def test_names_made_to_deceive_do_nothing_to_the_screen(office: Office, run: Run, words: tuple[str, ...]) -> None:
    row = record(1, who=f"user {DECEIT}", hostname=DECEIT, target=DECEIT, after={DECEIT: DECEIT}, what=DECEIT)
    text = "seq,hostname\r\n" + f"1,{DECEIT}\r\n"

    def answer(request: httpx2.Request) -> httpx2.Response:
        csv = request.url.params.get("format") == "csv"
        return httpx2.Response(200, content=text.encode()) if csv else answer_of([row])

    office.more["/api/audit"] = answer
    office.more["/api/audit/check"] = lambda _: answer_of(AuditCheck(False, 1, 1, 1, HASH, [Broken(1, DECEIT)]))

    said = run(*words)[1]

    assert said
    assert [character for character in said if not character.isprintable() and character != "\n"] == []


def test_it_exports_csv_page_after_page_into_a_new_file(office: Office, run: Run, tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        last = int(request.url.params.get("before", 2501)) - 1
        rows = "".join(f"{seq},Иванов-ПК\r\n" for seq in range(last, max(0, last - 1000), -1))
        return httpx2.Response(200, content=("\ufeffseq,hostname\r\n" + rows).encode())

    office.more["/api/audit"] = answer
    file = tmp_path / "audit.csv"

    assert run("export", str(file))[0] == 0

    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0] == ["seq", "hostname"]
    assert [int(row[0]) for row in rows[1:]] == list(range(2500, 0, -1))
    assert len(office.asked) == 3


def test_it_overwrites_no_file(office: Office, run: Run, tmp_path: Path) -> None:
    office.more["/api/audit"] = rows_of(record(1))
    file = tmp_path / "audit.json"
    file.write_text("mine")

    code, _, complaint = run("export", str(file), "--json")

    assert (code, file.read_text()) == (1, "mine")
    assert "audit.json" in complaint
    shutil.rmtree(tmp_path / "none", ignore_errors=True)
    assert run("export", str(tmp_path / "none" / "audit.csv"), "--json")[0] == 1


def test_it_says_that_the_log_is_whole(office: Office, run: Run) -> None:
    office.more["/api/audit/check"] = lambda _: answer_of(AuditCheck(True, 8, 1, 8, HASH, []))

    code, said, _ = run("verify", "--anchor", f"3:{HASH}")

    assert code == 0
    assert said.splitlines() == ["8 rows, 1 to 8: whole", f"To check later from here: --anchor 8:{HASH}"]
    assert office.asked[0].url.params["anchor"] == f"3:{HASH}"


def test_it_ends_with_1_where_the_log_is_not_whole(office: Office, run: Run) -> None:
    broken = AuditCheck(False, 7, 1, 8, HASH, [Broken(4, "it was changed")])
    office.more["/api/audit/check"] = lambda _: answer_of(broken)

    code, said, _ = run("verify")

    assert code == 1
    assert said.splitlines()[:2] == ["row 4: it was changed", "7 rows, 1 to 8: NOT whole"]
    assert run("verify", "--json")[0] == 1


def test_a_refusal_is_told(office: Office, run: Run) -> None:
    office.more["/api/audit"] = lambda _: refusal(ProblemCode.NOT_ALLOWED, "The role viewer does not reach so far.")

    assert run("list") == (
        1,
        "",
        "The role viewer does not reach so far. An administrator can make a token with another role or other groups.\n",
    )
