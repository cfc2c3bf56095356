"""The way from the agent to the servers."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol

from microsip_manager.agent import server_choice
from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.agent.http_client import Answer, NoAnswer
from microsip_manager.agent.server_choice import Pace
from microsip_manager.clock import Clock
from microsip_manager.wire import paths, problems
from microsip_manager.wire.calls import Call, decode_calls_taken
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat

log = logging.getLogger(__name__)

PROBE_SECONDS = 1.0
"""A server that takes longer to say that it is well is not worth returning to. Meanwhile nobody looks at MicroSIP."""

SELDOM = 60.0
"""Seconds until a server that does not know the agent is asked again, at most: it starts anew once it is let in."""

FAREWELL_SECONDS = 2.0
"""The agent may be about to end, and three missed heartbeats tell the same."""

GATEWAY_TROUBLE = frozenset((HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT))
"""Server errors that are about the server and not about what it was asked."""

NOT_UNDERSTOOD = frozenset((HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
"""Refusals of the message as it is, whoever sends it."""


def do_nothing() -> None:
    pass


def system_chance() -> float:
    return random.SystemRandom().random()


class Http(Protocol):
    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float) -> Answer:
        """Raises `NoAnswer`."""
        ...


class NoServer(Exception):
    """No server of the list takes anything at the moment; the text says what each of them does."""


class Refused(Exception):
    """A server answered that it does not take this message; to repeat it unchanged is of no use."""

    def __init__(self, server: str, status: int, reason: str) -> None:
        super().__init__(f"{server} refuses it: {reason}")
        self.status = status
        self.reason = reason


class ServerLink:
    """Sends to the server the agent is with, and to the next one at once when that fails. Any thread may send.

    `seconds` is how long an answer is waited for; `chance` gives a number between 0 and 1. `heard_date` is given the
    `Date` of each answer, and the moment of the monotonic clock at which it was asked for.
    `refused` is told when a server wants to see a key, or another one.
    """

    def __init__(
        self,
        http: Http,
        servers: Sequence[str],
        clock: Clock,
        *,
        seconds: float,
        pace: Pace,
        chance: Callable[[], float] = system_chance,
        heard_date: Callable[[str, float], None] = lambda date, asked: None,
        refused: Callable[[], None] = do_nothing,
    ) -> None:
        self._refused = refused
        self._http = http
        self._servers = tuple(servers)
        self._clock = clock
        self._seconds = seconds
        self._pace = pace
        self._chance = chance
        self._heard_date = heard_date
        self._lock = threading.Lock()
        self._choice = server_choice.first_choice(len(self._servers))
        self._trouble: dict[int, str] = {}
        """What each server said or did that last failed."""
        self._told = ""

    def current(self) -> str:
        """The server the agent is with: the one that took the last message."""
        return self._servers[self._choice.current]

    def again_at(self) -> float:
        """When, on the monotonic clock, it is worth while to try again after no server took a message."""
        return server_choice.again_at(self._choice)

    def send(self, beat: Heartbeat) -> bool:
        """Send a heartbeat to the first server that takes it. False when none does; the log tells, once per change."""
        seconds = self._seconds if beat.running else min(self._seconds, FAREWELL_SECONDS)
        try:
            self._beat(encode(beat), seconds)
        except NoServer as trouble:
            self._tell(logging.WARNING, f"{beat.hostname}: no server takes the heartbeats: {trouble}")
            return False
        self._tell(logging.INFO, f"{beat.hostname}: heartbeats go to {self.current()}")
        if beat.running:
            self.probe()
        return True

    def in_turn(self) -> list[str]:
        """The servers to turn to now, until one opens a link; none while all of them are given a rest."""
        return [self._servers[place] for place in self._to_ask()]

    def has_better(self, server: str) -> bool:
        """Whether a server before this one has proven itself, so that a link should move to it."""
        place = self._servers.index(server)
        return server_choice.has_better(self._choice, place, self._clock.monotonic(), self._pace)

    def took(self, server: str) -> None:
        """A server has opened a link, or answered over it: the agent is with it."""
        self._took(self._servers.index(server))

    def failed(self, server: str, why: str) -> None:
        """A server could not be reached for a link."""
        self._failed(self._servers.index(server), why)

    def nobody_took(self) -> None:
        """No server could be reached for a link."""
        with self._lock:
            self._choice = server_choice.nobody_took(self._choice)

    def post(self, path: str, body: bytes) -> tuple[str, bytes]:
        """Give a message to the server the agent is with, or to the next that takes it: which one, and its answer.

        It may arrive twice, so it must carry its own id. Raises `NoServer`, and `Refused` when a server finds fault
        with the message itself. A server that is not able to take it at the moment, for its disk is full perhaps, may
        well take heartbeats: the agent stays with it, and asks it again with the next message.
        """
        unable: dict[int, str] = {}
        for place in self._to_ask():
            answer = self._answer_of(place, path, body, self._seconds)
            if answer is None:
                continue
            if answer.status in GATEWAY_TROUBLE:
                unable[place] = _trouble(answer)
                continue
            if not unable:
                self._took(place)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                self._refused()
            if not _is_success(answer):
                raise Refused(self._servers[place], answer.status, _reason(answer))
            return self._servers[place], answer.body
        raise self._nobody_takes(unable)

    def report(self, calls: Sequence[Call]) -> frozenset[str]:
        """Send calls. The ids of those the server has stored; raises `CallsNotTaken`."""
        try:
            server, answer = self.post(paths.CALLS, encode(calls))
        except NoServer as error:
            raise CallsNotTaken(f"no server takes them: {error}") from None
        except Refused as error:
            raise CallsNotTaken(str(error), unreadable=error.status in NOT_UNDERSTOOD) from None
        try:
            return frozenset(decode_calls_taken(answer).committed)
        except BadMessage as error:
            raise CallsNotTaken(f"{server} gave an answer that is not one of ours: {error}") from None

    def _beat(self, body: bytes, seconds: float) -> None:
        """To the first server that takes it; raises `NoServer`."""
        for place in self._to_ask():
            answer = self._answer_of(place, paths.HEARTBEAT, body, seconds)
            if answer is None:
                continue
            if _is_success(answer):
                self._took(place)
                return
            if answer.status == HTTPStatus.UNAUTHORIZED:
                self._refused()
                self._failed(place, _trouble(answer), replace(self._pace, first=SELDOM, longest=SELDOM))
            else:
                self._failed(place, _trouble(answer))
        raise self._nobody_takes({})

    def _to_ask(self) -> list[int]:
        return server_choice.to_ask(self._choice, self._clock.monotonic(), self._pace)

    def _answer_of(self, place: int, path: str, body: bytes, seconds: float) -> Answer | None:
        """None when it gives none, which counts against it."""
        try:
            return self._asked("POST", place, path, body, seconds)
        except NoAnswer as error:
            self._failed(place, str(error))
            return None

    def _asked(self, method: str, place: int, path: str, body: bytes | None, seconds: float) -> Answer:
        """Raises `NoAnswer`."""
        asked = self._clock.monotonic()
        answer = self._http.ask(method, self._servers[place], path, body, seconds)
        if _is_success(answer):
            self._heard_date(answer.date, asked)
        return answer

    def _took(self, place: int) -> None:
        with self._lock:
            self._choice = server_choice.took(self._choice, place)
            self._trouble.pop(place, None)

    def _nobody_takes(self, unable: Mapping[int, str]) -> NoServer:
        """What each server does, of which some are alive but unable to take just this message."""
        with self._lock:
            if not unable:
                self._choice = server_choice.nobody_took(self._choice)
            troubles = sorted({**self._trouble, **unable}.items())
        return NoServer("; ".join(f"{self._servers[place]} {trouble}" for place, trouble in troubles))

    def ask_the_time(self) -> None:
        """Hear the clock of the server the agent is with, or of the next one that is there."""
        for place in self._to_ask():
            try:
                if _is_success(self._asked("GET", place, paths.HEALTHZ, None, PROBE_SECONDS)):
                    return
            except NoAnswer:
                continue

    def probe(self) -> None:
        """Ask one better server, if it is time, whether it is well."""
        place = server_choice.to_probe(self._choice, self._clock.monotonic())
        if place is None:
            return
        try:
            well = _is_success(self._http.ask("GET", self._servers[place], paths.HEALTHZ, None, PROBE_SECONDS))
        except NoAnswer:
            well = False
        now, chance = self._clock.monotonic(), self._chance()
        with self._lock:
            if well:
                self._choice = server_choice.probed_well(self._choice, place, now, self._pace, chance)
            else:
                self._choice = server_choice.failed(self._choice, place, now, self._pace, chance)

    def _failed(self, place: int, trouble: str, pace: Pace | None = None) -> None:
        now, chance = self._clock.monotonic(), self._chance()
        with self._lock:
            self._choice = server_choice.failed(self._choice, place, now, pace or self._pace, chance)
            self._trouble[place] = trouble

    def _tell(self, level: int, line: str) -> None:
        if line != self._told:
            self._told = line
            log.log(level, "%s", line)


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _trouble(answer: Answer) -> str:
    if 400 <= answer.status < 500:
        return f"refuses them: {_reason(answer)}"
    return f"answered {answer.status}"


def _reason(answer: Answer) -> str:
    """What a refusal says, fit for one line of a log."""
    try:
        said = problems.decode_problem(answer.body).detail
    except BadMessage:
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
        return f"{answer.status} {phrase}".strip()
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:500]
