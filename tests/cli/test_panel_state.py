"""The DND panel without its terminal."""

from __future__ import annotations

import pytest

from microsip_manager.cli import keyboard, panel_state
from microsip_manager.cli.dnd import Row
from microsip_manager.cli.panel_state import Command, Panel, View, Wish
from microsip_manager.wire.phone import PhoneStatus
from tests.cli.office import FIRST, Office, client


def opened() -> Panel:
    return panel_state.listed(Panel(), list(Office().clients.values()), FIRST)


def after(panel: Panel, *keys: str) -> tuple[Panel, Wish | Command | None]:
    wanted: Wish | Command | None = None
    for key in keys:
        panel, wanted = panel_state.pressed(panel, key)
    return panel, wanted


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b[A\x1bOB", [keyboard.UP, keyboard.DOWN]),
        ("\x1b[5~\x1b[6~\x1b[H\x1b[4~", [keyboard.PAGE_UP, keyboard.PAGE_DOWN, keyboard.HOME, keyboard.END]),
        ("\x1b", [keyboard.ESCAPE]),
        ("\r\x7fй+", [keyboard.ENTER, keyboard.BACKSPACE, "й", "+"]),
        ("\x1b[1;5C\x00\x07a", ["a"]),
    ],
)
def test_what_terminals_send_becomes_keys(sent: str, keys: list[str]) -> None:
    assert keyboard.keys_in(sent) == keys


def test_plus_and_minus_switch_the_one_under_the_cursor() -> None:
    assert after(opened(), "+")[1] == Wish(True, ("NIKITA",))
    assert after(opened(), keyboard.DOWN, "-")[1] == Wish(False, ("OLGA",))


def test_marked_ones_are_switched_together_and_unmarked_at_the_end() -> None:
    panel, wanted = after(opened(), " ", keyboard.DOWN, " ", "+")
    assert wanted == Wish(True, ("NIKITA", "PAVEL"))

    assert panel_state.ended(panel).marked == frozenset()
    assert after(opened(), " ", keyboard.UP, " ")[0].marked == frozenset()


@pytest.mark.parametrize("yes", ["y", "Y", "д", "Н"])
def test_all_are_switched_only_after_a_yes(yes: str) -> None:
    panel, wanted = after(opened(), "1")
    assert (wanted, panel.view) == (None, View.QUESTION)

    answered = after(panel, yes)[1]

    # PAVEL is offline and left out.
    assert answered == (None if yes == "Н" else Wish(True, ("NIKITA", "OLGA"), left_out=1))


@pytest.mark.parametrize("no", ["n", "т", keyboard.ESCAPE, "q", keyboard.ENTER, " ", "+"])
def test_anything_else_than_yes_switches_nobody(no: str) -> None:
    assert after(opened(), "0", no)[1] is None


def test_nothing_new_begins_while_a_wish_is_under_way_and_quit_stops_it() -> None:
    panel = panel_state.begun(opened(), Wish(True, ("NIKITA", "OLGA")))

    assert after(panel, "+")[1] is None
    assert after(panel, "1", "y")[1] is None
    assert after(panel, "q")[1] is Command.STOP
    assert after(panel_state.ended(panel), "q")[1] is Command.QUIT


@pytest.mark.parametrize("key", ["q", "й", "Q", keyboard.ESCAPE])
def test_quit(key: str) -> None:
    assert after(opened(), key)[1] is Command.QUIT


def test_a_search_narrows_the_list_and_its_letters_are_no_commands() -> None:
    panel, wanted = after(opened(), "/", "o", "q", keyboard.BACKSPACE, "L", keyboard.ENTER)

    assert wanted is None
    assert [one.hostname for one in panel.shown] == ["OLGA"]
    assert after(panel, "+")[1] == Wish(True, ("OLGA",))
    assert after(panel, keyboard.ESCAPE)[0].search == ""


def test_a_search_that_finds_nobody_switches_nobody() -> None:
    panel, wanted = after(opened(), "/", "x", "x", keyboard.ENTER, "+")

    assert (wanted, panel.told) == (None, "nobody")


def test_the_cursor_stays_on_its_client_and_inside_the_list() -> None:
    panel = after(opened(), keyboard.END, keyboard.DOWN)[0]
    assert panel.at == "PAVEL"

    panel = panel_state.listed(panel, [client("ANNA"), *Office().clients.values()], FIRST)
    assert (panel.at, panel.place) == ("PAVEL", 3)

    assert panel_state.listed(panel, [client("ANNA")], FIRST).at == "ANNA"
    assert panel_state.listed(panel, [], FIRST).shown == []


def test_the_monitor_tells_of_changes_newest_first_but_not_of_the_first_look() -> None:
    panel = opened()
    assert panel.changes == ()

    panel = panel_state.listed(
        panel,
        [client("NIKITA", PhoneStatus.DND, minute=2), client("OLGA", minute=1), client("PAVEL", PhoneStatus.OFFLINE)],
        FIRST,
    )

    assert [(change.hostname, change.status) for change in panel.changes] == [
        ("NIKITA", PhoneStatus.DND),
        ("OLGA", PhoneStatus.ONLINE),
    ]
    panel = after(panel, "ь")[0]
    assert panel.view is View.MONITOR
    assert after(panel, "q") == (panel_state.pressed(panel, "m")[0], None)


def test_results_are_kept_until_the_next_wish() -> None:
    panel = panel_state.begun(opened(), Wish(True, ("NIKITA",)))
    panel = panel_state.ended(panel_state.result_came(panel, Row("NIKITA", "applied", True, "", ok=True)))
    assert (len(panel.results), panel.told, panel.under_way) == (1, "done", None)

    assert panel_state.begun(panel, Wish(False, ("OLGA",))).results == ()


def test_an_empty_fleet_takes_every_key() -> None:
    panel = panel_state.listed(Panel(), [], FIRST)
    for key in ("+", "-", "1", "0", " ", keyboard.UP, keyboard.END, "m", "m", "/", "x", keyboard.ENTER):
        panel, wanted = panel_state.pressed(panel, key)
        assert wanted is None


def test_a_change_that_is_learned_late_has_its_place_among_the_others() -> None:
    nikita, pavel = client("NIKITA"), client("PAVEL")
    on_dnd, silent = client("NIKITA", PhoneStatus.DND, minute=5), client("PAVEL", PhoneStatus.OFFLINE, minute=3)

    panel = panel_state.listed(Panel(), [nikita, pavel], FIRST)
    panel = panel_state.listed(panel, [on_dnd, pavel], FIRST)
    panel = panel_state.listed(panel, [on_dnd, silent], FIRST)

    assert [change.hostname for change in panel.changes] == ["NIKITA", "PAVEL"]
