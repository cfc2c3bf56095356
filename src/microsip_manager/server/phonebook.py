"""The live phonebook for MicroSIP: who there is, and who is there.

Every MicroSIP asks each few seconds, so an answer is bytes that are made at most once a second, for all. Who asks for
the first time gets everything; who asks again gets the states that changed lately, and everything when contacts did.
MicroSIP counts its questions in `sequence`, which is all that this server has to know of it.
"""

from __future__ import annotations

import hmac
import math
import secrets

from microsip_manager.clock import Clock
from microsip_manager.server.boundaries import EventBus
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.phonebook_entries import entries_of
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import ClientChanged, Event
from microsip_manager.wire.paths import DIRECTORY, directory
from microsip_manager.wire.phonebook import Contact, ContactState, Directory

REFRESH = 10
"""Seconds between two questions of one MicroSIP, in a fleet that is not large."""

QUESTIONS_PER_SECOND = 100
"""Of all MicroSIPs together: in a large fleet each asks less often."""

LATELY = 6
"""Refreshes for which a change is told: that many questions in a row may be lost."""

WHOLE_EVERY = 30
"""Questions after which everything is told anyway, for a MicroSIP that missed more."""

FRESH = 1.0
"""Seconds for which an answer is not made anew, whatever happens."""

STALE = 10.0
"""Seconds after which it is, though nothing has happened: what changed lately grows old."""


class Phonebook:
    """Everything here runs on the event loop. Without a key there is no phonebook."""

    def __init__(self, fleet: Fleet, clock: Clock, bus: EventBus, key: str) -> None:
        self._fleet = fleet
        self._clock = clock
        self._path = directory(key).encode() if key else b""
        self._run = secrets.token_hex(4)
        self._contacts: dict[str, Contact] = {}
        self._states: dict[str, ContactState] = {}
        self._changed_at: dict[str, float] = {}
        self._contacts_changed_at = -math.inf
        self._dirty = True
        self._made_at = -math.inf
        self._made = 0
        self._whole = self._news = b""
        bus.subscribe(self._hear)

    def opens_at(self, path: str) -> bool:
        """True for the path with the right key. Takes as long for a wrong key as for another."""
        return bool(self._path) and path.startswith(DIRECTORY) and hmac.compare_digest(path.encode(), self._path)

    def answer(self, sequence: int) -> tuple[bytes, str]:
        """The answer to the question of this number since the MicroSIP was started, and its tag."""
        self._make_fresh()
        if sequence % WHOLE_EVERY == 0 or self._is_recent(self._contacts_changed_at):
            return self._whole, f'"{self._run}-{self._made}"'
        return self._news, f'"{self._run}-{self._made}-news"'

    def _hear(self, event: Event) -> None:
        if isinstance(event, ClientChanged):
            self._dirty = True

    def _make_fresh(self) -> None:
        age = self._clock.monotonic() - self._made_at
        if age < (FRESH if self._dirty else STALE):
            return
        self._take_over()
        states = list(self._states.values())
        lately = [self._states[number] for number, at in self._changed_at.items() if self._is_recent(at)]
        made = (
            encode(Directory(self._refresh, 1, states, list(self._contacts.values()))),
            encode(Directory(self._refresh, 1, lately)),
        )
        if made != (self._whole, self._news):
            self._whole, self._news = made
            self._made += 1
        self._dirty = False
        self._made_at = self._clock.monotonic()

    def _take_over(self) -> None:
        """Take the clients as they are, and note what that changes."""
        now = self._clock.monotonic()
        entries = entries_of(self._fleet.clients())
        contacts = {number: contact for number, (contact, _) in entries.items()}
        states = {number: state for number, (_, state) in entries.items()}
        if contacts != self._contacts:
            self._contacts_changed_at = now
        changed = {number: now for number, state in states.items() if self._states.get(number) != state}
        kept = {number: at for number, at in self._changed_at.items() if number in states and self._is_recent(at)}
        self._contacts, self._states, self._changed_at = contacts, states, kept | changed

    def _is_recent(self, moment: float) -> bool:
        """True for a moment that some MicroSIP may not have heard of yet."""
        return self._clock.monotonic() - moment < LATELY * self._refresh

    @property
    def _refresh(self) -> int:
        return max(REFRESH, math.ceil(len(self._contacts) / QUESTIONS_PER_SECOND))
