"""The line of messages to the user: one is shown at a time, the others wait, and what became of each is kept a while.

The screen is asked on a thread of the board's own, so no window ever holds up the agent.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import datetime

from microsip_manager.agent.boundaries import Ending, MessageScreen
from microsip_manager.agent.errors import NoScreen
from microsip_manager.clock import Clock
from microsip_manager.wire.messages import DisplayMessage, MessageOutcome, MessageState

log = logging.getLogger(__name__)

MOST_WAITING = 20
MOST_KEPT = 200
"""Of how many messages the board knows what became of them."""

SHOW_SECONDS = 3.0
"""How long a caller waits for the window; a busy desktop may take longer, and then the answer is `queued`."""

_OUTCOME_OF = {
    MessageState.QUEUED: MessageOutcome.QUEUED,
    MessageState.NOT_SHOWN: MessageOutcome.NOT_SHOWN,
}


@dataclass(frozen=True)
class Note:
    """What is known of one message."""

    id: str
    queued_at: datetime
    state: MessageState = MessageState.QUEUED
    button: str | None = None
    shown_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""

    @property
    def outcome(self) -> MessageOutcome:
        return _OUTCOME_OF.get(self.state, MessageOutcome.SHOWN)


class MessageBoard:
    """Any thread may call it. Its own thread starts with the first message."""

    def __init__(self, screen: MessageScreen, clock: Clock, hostname: str = "", patience: float = SHOW_SECONDS) -> None:
        self._screen = screen
        self._clock = clock
        self._hostname = hostname
        self._patience = patience
        self._changed = threading.Condition()
        self._notes: OrderedDict[str, Note] = OrderedDict()
        self._line: deque[tuple[str, DisplayMessage]] = deque()
        self._busy = False
        self._stopped = False
        self._thread: threading.Thread | None = None

    def show(self, message: DisplayMessage) -> Note:
        """Show it or put it in line; one whose id is known already is not shown again."""
        id = message.id or uuid.uuid4().hex
        with self._changed:
            if id in self._notes:
                return self._notes[id]
            if (refusal := self._refusal()) is not None:
                return self._keep(Note(id, self._clock.now(), MessageState.NOT_SHOWN, detail=refusal))
            before = len(self._line) + self._busy
            self._keep(Note(id, self._clock.now(), detail=_before(before)))
            self._line.append((id, message))
            self._start()
            self._changed.notify_all()
            if not before:
                self._changed.wait_for(lambda: self._notes[id].state is not MessageState.QUEUED, self._patience)
            return self._notes[id]

    def note(self, id: str) -> Note | None:
        """What became of a message; None when it is not known, or no longer."""
        with self._changed:
            note = self._notes.get(id)
            place = next((place for place, (waiting, _) in enumerate(self._line) if waiting == id), None)
            return note if note is None or place is None else replace(note, detail=_before(place + self._busy))

    def stop(self) -> None:
        """Take the window away and show nothing any more; may be called more than once."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._screen.dismiss()
        if self._thread:
            self._thread.join()

    def _refusal(self) -> str | None:
        if self._stopped:
            return "the agent is stopping"
        if len(self._line) >= MOST_WAITING:
            return f"{MOST_WAITING} messages wait already, and nobody answers them"
        return None

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="agent-messages", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            id, message = taken
            try:
                ending = self._screen.show(message, lambda id=id: self._visible(id))  # type: ignore[misc] # mypy cannot type a default of a lambda
            except NoScreen as error:
                ending = Ending(MessageState.NOT_SHOWN, detail=str(error))
            except Exception:
                # One message that cannot be drawn must not keep the others from being shown.
                log.exception("%s: message %s could not be shown", self._hostname, id)
                ending = Ending(MessageState.NOT_SHOWN, detail="the agent met an error; its log has the details")
            self._ended(id, ending)

    def _next(self) -> tuple[str, DisplayMessage] | None:
        """The next in line, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._line or self._stopped)
            if self._stopped:
                return None
            self._busy = True
            return self._line.popleft()

    def _visible(self, id: str) -> None:
        with self._changed:
            shown = replace(self._notes[id], state=MessageState.SHOWN, shown_at=self._clock.now(), detail="")
            self._keep(shown)
            self._changed.notify_all()

    def _ended(self, id: str, ending: Ending) -> None:
        with self._changed:
            self._busy = False
            self._keep(
                replace(
                    self._notes[id],
                    state=ending.state,
                    button=ending.button,
                    ended_at=self._clock.now(),
                    detail=ending.detail,
                )
            )
            self._changed.notify_all()
        log.info("%s: message %s: %s", self._hostname, id, ending.state.value)

    def _keep(self, note: Note) -> Note:
        """Remember it; the oldest one that has ended is forgotten for it if need be."""
        self._notes[note.id] = note
        while len(self._notes) > MOST_KEPT:
            # So few can be waiting or shown that there always is one that has ended.
            del self._notes[next(id for id, kept in self._notes.items() if kept.state in ENDED)]
        return note


ENDED = frozenset(MessageState) - {MessageState.QUEUED, MessageState.SHOWN}


def _before(count: int) -> str:
    return f"{count} before it" if count else ""
