"""Both READMEs say the same, and what they say is so."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from microsip_manager.agent.http_api import create_agent_app
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.server.app import create_api
from microsip_manager.settings import DECLARED, Setting
from microsip_manager.wire import paths
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import CODE_OF_OUTCOME, STATUS_OF, ProblemCode
from microsip_manager.wire.stats import CallFigures
from tests.docs.markdown import ROOT, Page, Section
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services
from tests.fakes.softphone import ScriptedPhone

ENGLISH, RUSSIAN = Page("README.md"), Page("README.ru.md")
BRACES = str.maketrans("<>", "{}")
"""Flask and the READMEs mark what stands for something in a path differently."""
EMOJI = {PhoneStatus.OFFLINE: "⚫", PhoneStatus.ONLINE: "🟢", PhoneStatus.DND: "🔴"}

for_both = pytest.mark.parametrize("page", [ENGLISH, RUSSIAN], ids=lambda page: page.name)


def part(page: Page, english_title: str) -> Section:
    """The section of this page that has this title in the English one."""
    return page.sections[ENGLISH.sections.index(ENGLISH.section(english_title))]


def endpoints(codes: list[str]) -> set[str]:
    return {code for code in codes if re.match(r"[A-Z]+ /", code)}


def api_of_server() -> FastAPI:
    return create_api(fake_services())


def served_by_server() -> set[str]:
    api = api_of_server()
    operations = {f"{method.upper()} {path}" for path, methods in api.openapi()["paths"].items() for method in methods}
    pages = {"/docs", "/openapi.json"} & {getattr(route, "path", "") for route in api.routes}
    return operations | {f"GET {path}" for path in pages}


def served_by_agent() -> set[str]:
    app = create_agent_app(
        ScriptedPhone(), MessageBoard(SimulatedScreen(), HandClock()), Identity("NIKITA"), may_call=lambda _: True
    )
    return {
        f"{method} {rule.rule.translate(BRACES)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }


def shown(setting: Setting) -> str:
    """A default as a table shows it."""
    match setting.default:
        case "":
            return "–"
        case bool(switch):
            return str(int(switch))
        case float(number):
            return f"{number:g}"
        case tuple(several):
            return " ".join(several)
        case other:
            return str(other)


def test_both_have_the_same_sections() -> None:
    assert [section.level for section in RUSSIAN.sections] == [section.level for section in ENGLISH.sections]


def test_both_have_the_same_code_blocks() -> None:
    english, russian = ([block.without_comments for block in page.blocks] for page in (ENGLISH, RUSSIAN))

    assert russian == english


@pytest.mark.parametrize("title", [section.title for section in ENGLISH.sections])
def test_a_section_names_the_same_things_in_both(title: str) -> None:
    english, russian = part(ENGLISH, title), part(RUSSIAN, title)

    assert set(russian.codes) == set(english.codes)
    assert [row[0] for row in russian.rows] == [row[0] for row in english.rows]


@for_both
def test_it_lists_every_request_the_server_takes_and_no_other(page: Page) -> None:
    assert {row[0] for row in part(page, "Server, port 8083").rows} == served_by_server()


@for_both
def test_it_lists_every_request_the_agent_takes_and_no_other(page: Page) -> None:
    assert {row[0] for row in part(page, "Agent, port 8084").rows} == served_by_agent()


@for_both
def test_it_names_requests_only_that_exist_or_are_said_to_be_missing(page: Page) -> None:
    served = served_by_server() | served_by_agent()
    missing = endpoints(part(page, "What is not there yet").codes)

    assert not missing & served
    assert endpoints(page.codes) - missing <= served


@for_both
def test_the_files_it_says_are_missing_are_missing(page: Page) -> None:
    named = [code for code in part(page, "What is not there yet").codes if re.search(r"/.*\.(py|md)$", code)]

    assert [name for name in named if (ROOT / name).exists()] == []


@for_both
def test_its_table_has_every_setting_with_its_default(page: Page) -> None:
    written = {row[0]: row[1] for row in part(page, "Settings").rows}

    assert written == {setting.name: shown(setting) for setting in DECLARED}


@for_both
def test_its_table_has_every_status_with_its_sign(page: Page) -> None:
    written = {row[0]: row[1] for row in part(page, "Statuses").rows}

    assert written == {status.value: EMOJI[status] for status in PhoneStatus}


def status_of(outcome: DndOutcome) -> int:
    """The HTTP status of an answer with this outcome."""
    if outcome is DndOutcome.QUEUED:
        return 202
    return 200 if outcome.is_success else STATUS_OF[CODE_OF_OUTCOME[outcome]].value


@for_both
def test_its_table_has_every_outcome_with_its_http_status(page: Page) -> None:
    written = {row[0]: int(row[1]) for row in part(page, "What a DND command answers").rows}

    assert written == {outcome.value: status_of(outcome) for outcome in DndOutcome}


@for_both
def test_every_error_code_it_names_exists_and_has_the_http_status_it_says(page: Page) -> None:
    written = {row[0]: int(row[1]) for row in part(page, "Errors").rows}
    commands = {"microsip-manager", "directory-key", "join-token"}
    anywhere = {code for code in page.codes if re.fullmatch(r"[a-z]+(-[a-z]+)+", code)} - commands

    assert written == {name: STATUS_OF[ProblemCode(name)].value for name in written}
    assert anywhere <= {code.value for code in ProblemCode}


@for_both
def test_it_tells_of_every_field_of_a_heartbeat(page: Page) -> None:
    assert [row[0] for row in part(page, "Heartbeat").rows] == list(Heartbeat.__struct_fields__)


@for_both
def test_it_tells_of_every_parameter_and_every_figure_of_the_statistics(page: Page) -> None:
    [parameters] = [
        path["get"]["parameters"] for name, path in api_of_server().openapi()["paths"].items() if name == paths.STATS
    ]

    assert [row[0] for row in part(page, "Statistics").rows] == [
        *(parameter["name"] for parameter in parameters),
        *CallFigures.__struct_fields__,
        "time",
    ]


@for_both
def test_it_has_a_picture_and_leads_to_its_other_language(page: Page) -> None:
    other = RUSSIAN if page is ENGLISH else ENGLISH

    assert other.name in page.links
    assert [link for link in page.links if link.endswith(".svg")]


@pytest.mark.parametrize("name", ["README.md", "README.ru.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    page = Page(name)

    for link in (link for link in page.links if not link.startswith("http")):
        file, _, anchor = link.partition("#")
        assert (ROOT / (file or name)).is_file(), link
        assert not anchor or anchor in Page(file or name).anchors, link
