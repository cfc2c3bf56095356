"""The DND panel at work: its screen, its words, and keys that reach a server. The server answers from memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from types import ModuleType

import pytest
from rich.console import Console

from microsip_manager.cli import panel_state
from microsip_manager.cli.dnd import Row
from microsip_manager.cli.dnd_control import main
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.panel import DndPanel
from microsip_manager.cli.panel_screen import drawn
from microsip_manager.cli.panel_state import Panel, View, Wish
from microsip_manager.cli.words import ENGLISH, LANGUAGES, RUSSIAN, Words, language
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone import PhoneStatus
from tests.cli.office import FIRST, Office, client


def a_screen(file: io.StringIO, height: int = 24) -> Console:
    return Console(file=file, width=100, height=height, markup=False, emoji=False, highlight=False, force_terminal=True)


def text_of(panel: Panel, words: Words = ENGLISH, height: int = 24) -> str:
    file = io.StringIO()
    Console(file=file, width=100, height=height, markup=False, emoji=False, highlight=False).print(
        drawn(panel, words, height)
    )
    return file.getvalue()


def opened(office: Office) -> Panel:
    return panel_state.listed(Panel(), list(office.clients.values()), FIRST)


def test_the_screen_has_everybody_with_the_signs() -> None:
    text = text_of(opened(Office()))

    assert "3 PCs: 🟢 1  🔴 1  ⚫ 1" in text
    assert "› " in text.splitlines()[4]
    for line in ("🟢 online", "🔴 dnd", "⚫ offline"):
        assert line in text


def test_it_speaks_russian() -> None:
    text = text_of(opened(Office()), RUSSIAN)

    assert "Управление DND" in text
    assert "🔴 не беспокоить" in text


@pytest.mark.parametrize("height", [8, 24, 60])
def test_a_long_list_keeps_the_cursor_on_the_screen(height: int) -> None:
    office = Office(clients={name: client(name) for name in (f"PC-{number:03}" for number in range(300))})
    panel = replace(opened(office), at="PC-250")

    lines = text_of(panel, height=height).splitlines()

    assert sum("PC-250" in line for line in lines) == 1
    assert len(lines) <= max(height, 11)


def test_hostile_names_are_text_on_every_part_of_the_screen() -> None:
    name = "[red]X[/]\x1b[2J\u202e"
    office = Office(clients={name: client(name, extension="\x07")})
    panel = opened(office)
    panel = panel_state.listed(panel, [client(name, PhoneStatus.DND)], "http://[red]:8083")
    panel = panel_state.result_came(panel, Row(name, "hung", None, "\x1b[31m", ok=False))

    for view in (View.LIST, View.MONITOR):
        text = text_of(replace(panel, view=view, trouble="\x1b"))
        assert "[red]X[/]\ufffd" in text
        assert all(line.isprintable() for line in text.splitlines())


def test_progress_and_failures_are_shown() -> None:
    panel = panel_state.begun(opened(Office()), Wish(True, ("NIKITA", "OLGA")))
    panel = panel_state.result_came(panel, Row("NIKITA", "hung", None, "no answer", ok=False))

    text = text_of(panel)

    assert "✗ NIKITA: hung, no answer" in text
    assert "DND on: 1 of 2 ██████████░░░░░░░░░░" in text


@pytest.mark.parametrize(
    ("view", "shown", "hidden"),
    [
        (View.LIST, "q quit", "back to the list"),
        (View.MONITOR, "m back to the list", "quit"),
        (View.SEARCH, "Esc everybody", "quit"),
    ],
)
def test_only_keys_that_do_something_are_named(view: View, shown: str, hidden: str) -> None:
    text = text_of(replace(opened(Office()), view=view))

    assert shown in text
    assert hidden not in text


def test_both_languages_name_the_same_keys_and_take_the_same_facts() -> None:
    assert [key for key, _ in ENGLISH.keys] == [key for key, _ in RUSSIAN.keys]
    for field in fields(Words):
        english, russian = (getattr(words, field.name) for words in (ENGLISH, RUSSIAN))
        if isinstance(english, str):
            facts = [
                {name for name in ("{total}", "{count}", "{done}", "{text}") if name in t} for t in (english, russian)
            ]
            assert facts[0] == facts[1], field.name
    assert ENGLISH.statuses.keys() == RUSSIAN.statuses.keys() == {status.value for status in PhoneStatus}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ru", "LANG": "en_US.UTF-8"}, "ru"),
    ],
)
def test_the_language_is_the_terminals(environ: dict[str, str], expected: str) -> None:
    assert language(environ) == expected
    assert expected in LANGUAGES


class Hands:
    """Presses the next keys as soon as the office has seen what it waits for."""

    def __init__(self, steps: list[tuple[Callable[[], bool], str]]) -> None:
        self._steps: Iterator[tuple[Callable[[], bool], str]] = iter(steps)
        self._next = next(self._steps, None)
        self._looks = 0

    def read(self, seconds: float) -> list[str]:
        self._looks += 1
        assert self._looks < 3000, "what the hands wait for never came"
        if self._next is None or not self._next[0]():
            import threading

            threading.Event().wait(0.01)
            return []
        keys = list(self._next[1])
        self._next = next(self._steps, None)
        return keys


def test_keys_reach_the_server_and_quit_ends() -> None:
    office = Office(outcomes={"OLGA": DndOutcome.HUNG})
    file = io.StringIO()
    hands = Hands(
        [
            (lambda: "NIKITA" in file.getvalue(), "1"),
            (lambda: "y yes, n no" in file.getvalue(), "y"),
            (lambda: "1 of 2 done" in file.getvalue(), "q"),
        ]
    )

    DndPanel(FleetClient([FIRST], transport=office.transport), hands, a_screen(file), ENGLISH, every=0.05).run()

    assert office.wishes() == [("NIKITA", "true"), ("OLGA", "true")]
    assert "because it is hung" in file.getvalue()


def test_it_goes_on_when_the_servers_are_away_and_come_back() -> None:
    office = Office(down={FIRST})
    file = io.StringIO()

    def there_again() -> bool:
        office.down = set()
        return "NIKITA" in file.getvalue()

    hands = Hands([(lambda: "no server" in file.getvalue(), ""), (there_again, "q")])

    DndPanel(FleetClient([FIRST], transport=office.transport), hands, a_screen(file), ENGLISH, every=0.05).run()

    assert "3 PCs" in file.getvalue()


def site() -> ModuleType:
    made = ModuleType("api_config")
    made.API_SERVERS = [FIRST]  # type: ignore[attr-defined] # a settings file is a module of names
    return made


@pytest.mark.parametrize(
    ("words", "wishes", "code"),
    [
        (["NIKITA", "off"], [("NIKITA", "false")], 0),
        (["NIKITA", "OLGA", "on"], [("NIKITA", "true"), ("OLGA", "true")], 0),
        (["--all", "on", "--yes"], [("NIKITA", "true"), ("OLGA", "true")], 0),
        (["NIKITTA", "on"], [("NIKITTA", "true")], 1),
        (["--all", "on"], [], 2),
        ([], [], 2),
        (["--list"], [], 0),
    ],
)
def test_without_a_terminal(words: list[str], wishes: list[tuple[str, str]], code: int) -> None:
    office = Office()

    assert main(site(), [*words, "--language", "en"], office.transport) == code
    assert office.wishes() == wishes


@pytest.mark.parametrize("words", [["NIKITA"], ["on"], ["NIKITA", "on", "--all", "on"], ["--all", "maybe"]])
def test_wrong_usage_is_2(words: list[str]) -> None:
    office = Office()

    with pytest.raises(SystemExit) as ended:
        main(site(), words, office.transport)

    assert ended.value.code == 2
    assert office.asked == []


def test_it_answers_in_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    main(site(), ["NIKITA", "off", "--language", "ru"], Office().transport)

    assert "выполнено 1 из 1" in capsys.readouterr().out
