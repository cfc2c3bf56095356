"""docs/API_REFERENCE.md has every request of both programs, and what it says of them is so."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyotp
import pytest

from microsip_manager.agent.telephone import KNOWN_SINCE
from microsip_manager.cli.access_client import AccessClient
from microsip_manager.server.app import sources_of
from microsip_manager.server.metrics import Figures
from microsip_manager.settings import AGENT_PORT, SERVER_PORT
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.desired import WishEnd, WishState
from microsip_manager.wire.events import EndReason, EventKind
from microsip_manager.wire.messages import MessageOutcome, MessageState
from microsip_manager.wire.problems import CODE_OF_OUTCOME, CODE_OF_TELEPHONE, STATUS_OF, ProblemCode
from microsip_manager.wire.telephone import TelephoneAction, TelephoneOutcome
from tests.docs.api_reference import AGENT, REFERENCE, SERVER, Operation, examples, limits, limits_of, operations
from tests.docs.markdown import ROOT, Block, Page
from tests.docs.test_readme import served_by_agent, served_by_server
from tests.fakes.services import fake_services
from tests.fleet.processes import Server, SimulatedAgent, wait_for
from tests.tls.house import house

PAGES = {"GET /docs", "GET /openapi.json"}
"""What they answer is too large for an example."""

FILES = {"GET /api/ca.pem", "GET /metrics"}
"""What they answer is no JSON."""

STREAMS = {"GET /api/events", "GET /api/wall"}
"""They answer without end, and not in JSON."""

RECEIVER = "127.0.0.1:9000"
"""Where the page has its webhook: on the machine of the server, and nobody is there."""

PASSWORD, CODE = "correct horse battery staple", "481205"
"""Of the page's administrator."""

DIRECTORY_KEY = "Zk3v9QpX0sT7mLr2Wb8c"
CURL_TIMED_OUT = 28
LONG_ENOUGH = "2"
"""Seconds to listen to a stream."""

MAIN = {
    "GET /api/clients",
    "GET /api/clients/{hostname}/status",
    "POST /api/clients/{hostname}/set_dnd",
    "POST /api/clients/{hostname}/get_setting",
    "POST /api/clients/{hostname}/display_message",
    "POST /api/heartbeat",
    "GET /api/stats",
}

each_operation = pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)


@dataclass
class Office:
    """A live server and a live agent in place of those of the page."""

    server: Server
    agent: SimulatedAgent
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    """Those that the server has made, by those of the page."""
    credentials: list[str] = field(default_factory=list)
    """What the lines leave out, once the page has set the server up."""

    def here(self, text: str) -> str:
        for written, made in self.ids.items():
            text = text.replace(written, made)
        for usual, port in ((SERVER_PORT.default, self.server.port), (AGENT_PORT.default, self.agent.port)):
            text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{port}")
        return text

    def take_ids(self, shown: Any, answered: Any) -> None:
        """Know again what a line of the page has made, in the lines that follow."""
        pairs = zip(shown, answered, strict=False) if isinstance(shown, list) else [(shown, answered)]
        for one, other in pairs:
            if isinstance(one.get("id"), str):
                self.ids.setdefault(one["id"], other["id"])  # a list may begin with others than the page's own
            if "token" in one:
                self.take_ids(one["about"], other["about"])
            if one.get("csrf_token"):
                self.ids[one["csrf_token"]] = other["csrf_token"]
            if "uri" in one:
                self.ids[CODE] = pyotp.TOTP(other["secret"]).now()
            if "join_token" in one and "about" in one:
                self.ids[one["join_token"]] = other["join_token"]
                self.take_ids(one["about"], other["about"])
            if "join_token" in one and "user" in one:
                self.credentials = ["-H", f"Authorization: Bearer {self._token_of(one['user']['name'])}"]
                self.take_ids(one["user"], other["user"])

    def _token_of(self, name: str) -> str:
        access = AccessClient([self.server.url], 10)
        access.sign_in(name, PASSWORD)
        made = access.make_token({"name": "of this test", "role": "admin"})
        access.close()
        return made.token

    def curl(self, line: str) -> tuple[int, str]:
        """The HTTP status and the body that a line of the page gets."""
        program, *rest = shlex.split(self.here(line))
        assert program == "curl"
        endless = "-N" in rest
        # A cookie stands for itself, and so does the key of an agent.
        shown = [] if {"-b", "-c"} & {*rest} or "Authorization" in line else self.credentials
        command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *rest, *shown]
        command += ["--max-time", LONG_ENOUGH] if endless else []
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=30, check=False)
        assert done.returncode == (CURL_TIMED_OUT if endless else 0), f"{line}: {done.stderr.decode()}"
        body, _, status = done.stdout.decode().rpartition("\n")
        return int(status), body


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path
    house(folder)  # a server with a certificate, as `tls init` makes it
    server = Server.start(folder, DIRECTORY_KEY=DIRECTORY_KEY, WEBHOOK_NETWORKS="127.0.0.1")
    agent = SimulatedAgent.start(folder, server, "NIKITA")
    wait_for("a change is written", lambda: server.get("/api/clients/NIKITA/history"))
    yield Office(server, agent, folder)
    assert agent.running.stop() == 0
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said() + agent.running.said()


def keys(value: Any) -> Any:
    """The names of a message's members; of a list, those of its messages."""
    if isinstance(value, list):
        return {tuple(sorted(item)) for item in value}
    return set(value)


def described(program: str) -> list[str]:
    return [operation.name for operation in operations() if operation.program == program]


def test_it_describes_every_request_of_the_server_once_and_no_other() -> None:
    assert sorted(described(SERVER)) == sorted(served_by_server())


def test_it_describes_every_request_of_the_agent_once_and_no_other() -> None:
    assert sorted(described(AGENT)) == sorted(served_by_agent())


def test_every_request_stands_under_one_of_the_programs() -> None:
    assert {operation.program for operation in operations()} == {SERVER, AGENT}


@each_operation
def test_its_tables_have_every_parameter_and_field(operation: Operation) -> None:
    assert [row[0].strip("*`") for row in operation.section.rows] == [name for name, _ in operation.parameters]


@each_operation
def test_the_required_fields_are_bold(operation: Operation) -> None:
    assert {row[0].strip("*`") for row in operation.section.rows if row[0].startswith("**")} == operation.required


@each_operation
def test_its_limits_are_those_of_the_code(operation: Operation) -> None:
    for (name, kind, _), (_, schema) in zip(operation.section.rows, operation.parameters, strict=True):
        assert limits(schema) <= set(re.findall(r"\w+", kind)), name


def test_the_state_of_a_phone_has_every_field_with_its_limits() -> None:
    of_call = {f"call.{name}": found for name, found in limits_of("CallNow").items()}
    wanted = limits_of("PhoneState") | of_call
    written = {
        row[0].strip("`"): set(re.findall(r"\w+", row[1])) for row in REFERENCE.section("State of the phone").rows
    }

    assert list(written) == list(wanted)
    assert [name for name, found in wanted.items() if not found <= written[name]] == []


@each_operation
def test_it_names_the_errors_that_are_promised(operation: Operation) -> None:
    assert operation.errors <= {code.value for code in ProblemCode}
    if operation.promised:
        assert operation.errors == operation.promised_errors


@each_operation
def test_it_has_a_line_to_try_and_an_answer(operation: Operation) -> None:
    languages = [block.language for block in operation.section.blocks]

    assert "bash" in languages
    assert ("json" in languages) == (operation.name not in PAGES | STREAMS | FILES)
    assert operation.name not in MAIN or "python" in languages


@pytest.mark.parametrize(("name", "text", "kind"), examples(), ids=[name for name, _, _ in examples()])
def test_an_example_is_a_message_of_the_wire_with_nothing_left_over(name: str, text: str, kind: Any) -> None:
    if kind is None:
        assert json.loads(text)["status"] == "ok"
    else:
        assert json.loads(msgspec.json.encode(msgspec.json.decode(text, type=kind))) == json.loads(text)


def test_its_table_has_every_error_code_with_its_http_status() -> None:
    written = {row[0]: int(row[1]) for row in REFERENCE.section("Errors").rows}

    assert written == {code.value: STATUS_OF[code].value for code in ProblemCode}


def test_an_error_is_said_to_come_from_whoever_names_it() -> None:
    origins = {row[0]: row[2] for row in REFERENCE.section("Errors").rows}
    named = [(operation, code) for operation in operations() for code in operation.errors]

    wrong = {SERVER: "agent", AGENT: "server"}
    assert [(one.name, code) for one, code in named if origins[code] == wrong[one.program]] == []


def test_its_table_has_every_dnd_outcome_with_status_and_code() -> None:
    written = [(row[0], int(row[1]), row[2]) for row in REFERENCE.section("DND outcomes").rows]

    assert written == [
        (outcome.value, 202 if outcome is DndOutcome.QUEUED else 200, "–")
        if outcome.is_accepted
        else (outcome.value, STATUS_OF[CODE_OF_OUTCOME[outcome]].value, CODE_OF_OUTCOME[outcome].value)
        for outcome in DndOutcome
    ]


def test_its_table_has_every_telephone_outcome_with_status_and_code() -> None:
    written = [(row[0], int(row[1]), row[2]) for row in REFERENCE.section("Telephone outcomes").rows]

    assert written == [
        (outcome.value, 200, "–")
        if outcome.is_success
        else (outcome.value, STATUS_OF[CODE_OF_TELEPHONE[outcome]].value, CODE_OF_TELEPHONE[outcome].value)
        for outcome in TelephoneOutcome
    ]


def test_its_table_has_every_telephone_action_with_the_first_version_that_knows_it() -> None:
    written = {row[0]: row[1] for row in REFERENCE.section("Telephone actions").rows}

    assert written == {
        action.value: f"{'.'.join(map(str, KNOWN_SINCE[action]))} and later" if action in KNOWN_SINCE else "any"
        for action in TelephoneAction
    }


def test_its_table_has_every_figure_with_its_labels() -> None:
    families = list(Figures(sources_of(fake_services())).collect())
    written = {row[0].removesuffix("_total").removesuffix("_info"): row[1] for row in REFERENCE.section("Metrics").rows}

    assert list(written) == [family.name for family in families]
    for family in families:
        shown = {name for sample in family.samples for name in sample.labels}
        assert {written[family.name]} == shown or (not shown and written[family.name] in ("–", "outcome")), family.name


def test_its_tables_have_every_state_and_end_of_a_wish() -> None:
    written = [row[0] for row in REFERENCE.section("Wishes").rows]

    assert written == [each.value for each in (*WishState, *WishEnd)]


def test_its_tables_have_every_outcome_and_state_of_a_message() -> None:
    outcomes, states = (REFERENCE.section(f"{what} of a message").rows for what in ("Outcomes", "States"))
    refused = STATUS_OF[ProblemCode.MESSAGE_NOT_SHOWN].value

    assert {row[0]: int(row[1]) for row in outcomes} == {
        outcome.value: refused if outcome is MessageOutcome.NOT_SHOWN else 200 for outcome in MessageOutcome
    }
    assert [row[0] for row in states] == [state.value for state in MessageState]


def test_its_table_has_every_event_of_the_stream() -> None:
    kinds = [kind.value for kind in EventKind]

    assert [row[0] for row in REFERENCE.section("Events").rows] == ["snapshot", *kinds, "end"]
    assert {reason.value for reason in EndReason} <= set(REFERENCE.section("Events").codes)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the lines of the page need curl")
def test_every_line_to_try_answers_as_it_shows(office: Office) -> None:
    tried = 0
    for section in REFERENCE.sections:
        following = (*section.blocks[1:], Block("", ""))
        for block, shown in zip(section.blocks, following, strict=False):
            if block.language != "bash":
                continue
            expected = json.loads(shown.text) if shown.language == "json" else None
            wanted = expected["status"] if section.title == "Errors" and expected else 200
            for line in block.lines:
                status, body = office.curl(line)
                assert status == wanted or (wanted == 200 and status == 201), f"{line}: {body}"
                assert expected is None or keys(json.loads(body)) == keys(expected), line
                if expected is not None:
                    office.take_ids(expected, json.loads(body))
                tried += 1
    assert tried > len(operations())


def test_every_piece_of_python_runs(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    pieces = [block.text for block in REFERENCE.blocks if block.language == "python"]

    for piece in pieces:
        exec(office.here(piece), {})  # noqa: S102 - it is a part of our own documentation
        printed = capsys.readouterr().out
        assert printed or "print(" not in piece, piece
    assert len(pieces) >= len(MAIN)


def test_it_calls_nobody_but_the_two_programs_and_a_receiver_of_webhooks() -> None:
    called = set(re.findall(r"https?://([^/\s\"']+)", "".join(block.text for block in REFERENCE.blocks)))

    assert called == {f"127.0.0.1:{SERVER_PORT.default}", f"127.0.0.1:{AGENT_PORT.default}", RECEIVER}


def test_every_link_leads_somewhere() -> None:
    for link in REFERENCE.links:
        file, _, anchor = link.partition("#")
        target = (ROOT / "docs" / file).resolve() if file else ROOT / REFERENCE.name
        assert target.is_file(), link
        assert not anchor or anchor in Page(str(target.relative_to(ROOT))).anchors, link


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_both_readmes_lead_here(name: str) -> None:
    assert REFERENCE.name in Page(name).links
