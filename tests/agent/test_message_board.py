"""The line of messages, on a simulated screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from microsip_manager.agent.boundaries import Ending
from microsip_manager.agent.errors import NoScreen
from microsip_manager.agent.message_board import MOST_KEPT, MOST_WAITING, MessageBoard, Note
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.wire.messages import DisplayMessage, MessageOutcome, MessageState
from tests.fakes.clock import HandClock
from tests.fleet.processes import wait_for


@pytest.fixture
def screen() -> SimulatedScreen:
    return SimulatedScreen()


@pytest.fixture
def board(screen: SimulatedScreen) -> Iterator[MessageBoard]:
    made = MessageBoard(screen, HandClock(), "NIKITA", patience=30.0)
    yield made
    made.stop()


def message(text: str = "Hello", **more: object) -> DisplayMessage:
    return DisplayMessage(text, **more)  # type: ignore[arg-type] # the test names the fields


def ended(board: MessageBoard, id: str) -> Note:
    def look() -> Note | None:
        note = board.note(id)
        return note if note and note.ended_at else None

    return wait_for("the message has ended", look)


def shown(screen: SimulatedScreen, text: str) -> None:
    wait_for(f"{text} is shown", lambda: screen.shown is not None and screen.shown.text == text)


def test_the_first_one_is_shown_at_once(board: MessageBoard, screen: SimulatedScreen) -> None:
    note = board.show(message())

    assert (note.outcome, note.detail) == (MessageOutcome.SHOWN, "")
    assert screen.shown == message()


def test_the_button_pressed_is_told(board: MessageBoard, screen: SimulatedScreen) -> None:
    note = board.show(message(buttons=["Yes", "No"]))
    screen.press("No")

    told = ended(board, note.id)

    assert (told.state, told.button) == (MessageState.ANSWERED, "No")
    assert None not in (told.shown_at, told.ended_at)


def test_a_time_out_and_a_closed_window_are_told(board: MessageBoard, screen: SimulatedScreen) -> None:
    first = board.show(message(timeout=0.01))
    assert ended(board, first.id).state is MessageState.TIMEOUT

    second = board.show(message())
    screen.close()
    assert (ended(board, second.id).state, ended(board, second.id).button) == (MessageState.CLOSED, None)


def test_several_wait_in_line_and_come_in_their_order(board: MessageBoard, screen: SimulatedScreen) -> None:
    notes = [board.show(message(text)) for text in ("one", "two", "three")]

    assert [note.outcome for note in notes] == [MessageOutcome.SHOWN, MessageOutcome.QUEUED, MessageOutcome.QUEUED]
    assert [note.detail for note in notes] == ["", "1 before it", "2 before it"]
    for text in ("one", "two", "three"):
        shown(screen, text)
        if text == "two":
            assert board.note(notes[2].id) == replace(notes[2], detail="1 before it")
        screen.press("OK")
    assert {ended(board, note.id).button for note in notes} == {"OK"}


def test_a_full_line_refuses_the_next_one_and_says_why(board: MessageBoard) -> None:
    for _ in range(MOST_WAITING + 1):
        assert board.show(message()).outcome is not MessageOutcome.NOT_SHOWN

    refused = board.show(message())

    assert (refused.outcome, refused.state) == (MessageOutcome.NOT_SHOWN, MessageState.NOT_SHOWN)
    assert "20 messages wait" in refused.detail
    assert board.note(refused.id) == refused


def test_one_that_comes_twice_is_shown_once(board: MessageBoard, screen: SimulatedScreen) -> None:
    id = "0" * 32
    assert board.show(message(id=id)).id == id
    screen.press("OK")
    ended(board, id)

    again = board.show(message(id=id))

    assert (again.outcome, again.state) == (MessageOutcome.SHOWN, MessageState.ANSWERED)
    assert screen.shown is None


def test_what_it_keeps_is_bounded_and_what_waits_is_not_forgotten(board: MessageBoard, screen: SimulatedScreen) -> None:
    first = board.show(message("first"))
    waiting = [board.show(message()) for _ in range(MOST_WAITING)]
    refused = [board.show(message()) for _ in range(3 * MOST_KEPT)]

    assert board.note(refused[0].id) is None
    assert board.note(refused[-1].id) is not None
    assert all(board.note(note.id) for note in [first, *waiting])
    assert sum(board.note(note.id) is not None for note in [first, *waiting, *refused]) == MOST_KEPT


def test_an_unknown_id_is_unknown(board: MessageBoard) -> None:
    assert board.note("0" * 32) is None


class BadScreen:
    """A screen on which the first message goes wrong."""

    def __init__(self, error: Exception) -> None:
        self._errors = [error]

    def show(self, message: DisplayMessage, visible: Callable[[], None]) -> Ending:
        if self._errors:
            raise self._errors.pop()
        visible()
        return Ending(MessageState.ANSWERED, "OK")

    def dismiss(self) -> None: ...


@pytest.mark.parametrize(
    ("error", "said"), [(NoScreen("Windows refused a window"), "Windows refused"), (ZeroDivisionError("x"), "its log")]
)
def test_one_that_cannot_be_shown_says_why_and_holds_up_no_other(error: Exception, said: str) -> None:
    board = MessageBoard(BadScreen(error), HandClock(), patience=30.0)

    bad, good = board.show(message()), board.show(message())

    assert bad.outcome is MessageOutcome.NOT_SHOWN
    assert said in bad.detail
    assert good.outcome is not MessageOutcome.NOT_SHOWN
    assert ended(board, good.id).button == "OK"
    board.stop()


class SlowScreen(SimulatedScreen):
    """A screen that takes its time until the window is there."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = threading.Event()

    def show(self, message: DisplayMessage, visible: Callable[[], None]) -> Ending:
        self.ready.wait()
        return super().show(message, visible)


def test_a_busy_desktop_holds_nobody_up() -> None:
    screen = SlowScreen()
    board = MessageBoard(screen, HandClock(), patience=0.01)

    note = board.show(message())

    assert note.outcome is MessageOutcome.QUEUED
    screen.ready.set()
    shown(screen, "Hello")
    board.stop()


def test_the_end_of_the_agent_takes_the_window_away(board: MessageBoard, screen: SimulatedScreen) -> None:
    first, second = board.show(message()), board.show(message())

    board.stop()

    told = board.note(first.id)
    assert told is not None
    assert (told.state, told.detail) == (MessageState.CLOSED, "the agent was stopped")
    waiting = board.note(second.id)
    assert waiting is not None
    assert waiting.state is MessageState.QUEUED
    assert board.show(message()).outcome is MessageOutcome.NOT_SHOWN
