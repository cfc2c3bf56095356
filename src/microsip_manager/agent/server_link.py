"""The way from the agent to the servers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus

import httpx2

from microsip_manager.agent.errors import CallsNotTaken
from microsip_manager.wire import paths, problems
from microsip_manager.wire.calls import Call, decode_calls_taken
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat

log = logging.getLogger(__name__)

ANSWER_LIMIT = 16384
"""Bytes of a server's answer that are read; a longer one is not one of ours."""

CONNECT_SECONDS = 3.0


def http_client(seconds: float) -> httpx2.Client:
    """The client for all of an agent's requests. It goes straight to the servers: no proxies, no redirects."""
    return httpx2.Client(
        timeout=httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        trust_env=False,
        follow_redirects=False,
        # Compressed answers could grow without limit while they are unpacked.
        headers={"Accept-Encoding": "identity", "Content-Type": "application/json"},
    )


class NoAnswer(Exception):
    """A server gave no answer that is one of ours; the text says what happened."""


class ServerLink:
    """Sends to the first server of the list that answers, and stays with it as long as it does."""

    def __init__(self, http: httpx2.Client, servers: Sequence[str]) -> None:
        self._http = http
        self._servers = tuple(servers)
        self._current = self._servers[0]
        self._told = ""

    def send(self, beat: Heartbeat) -> bool:
        """Send a heartbeat. False when no server took it; what happened is in the log, once per change."""
        failures = []
        for server in self._in_turn():
            try:
                refusal = self._post(server, beat)
            except NoAnswer as error:
                failures.append(f"{server} {error}")
                continue
            self._current = server
            self._tell(beat.hostname, server, refusal)
            return not refusal
        self._tell_once(logging.WARNING, f"{beat.hostname}: no server answers: {'; '.join(failures)}")
        return False

    def report(self, calls: Sequence[Call]) -> frozenset[str]:
        """Send calls. The ids of those the server has stored; raises `CallsNotTaken`.

        Another thread than the one that beats may do so: which server is the current one is up to the heartbeats.
        """
        failures = []
        for server in self._in_turn():
            try:
                status, body = self._answer(server, paths.CALLS, encode(calls))
                if status < 400:
                    return frozenset(_taken(body))
            except NoAnswer as error:
                failures.append(f"{server} {error}")
                continue
            unreadable = status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            raise CallsNotTaken(f"{server} refuses them: {_reason(status, body)}", unreadable=unreadable)
        raise CallsNotTaken(f"no server answers: {'; '.join(failures)}")

    def _in_turn(self) -> tuple[str, ...]:
        current = self._current
        return (current, *(other for other in self._servers if other != current))

    def _post(self, server: str, beat: Heartbeat) -> str:
        """The reason why this server refuses the heartbeat, or nothing when it took it; raises `NoAnswer`."""
        status, body = self._answer(server, paths.HEARTBEAT, encode(beat))
        return _reason(status, body) if status >= 400 else ""

    def _answer(self, server: str, path: str, message: bytes) -> tuple[int, bytes]:
        """Status and body of a success or of a refusal; raises `NoAnswer`."""
        try:
            with self._http.stream("POST", server + path, content=message) as response:
                body = _bounded(response)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise NoAnswer(f"did not answer ({type(error).__name__}: {error})") from None
        if not response.is_success and not response.is_client_error:
            raise NoAnswer(f"answered {response.status_code}")
        return response.status_code, body

    def _tell(self, hostname: str, server: str, refusal: str) -> None:
        if refusal:
            self._tell_once(logging.WARNING, f"{hostname}: {server} refuses the heartbeats: {refusal}")
        else:
            self._tell_once(logging.INFO, f"{hostname}: heartbeats go to {server}")

    def _tell_once(self, level: int, line: str) -> None:
        if line != self._told:
            self._told = line
            log.log(level, "%s", line)


def _bounded(response: httpx2.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer("answered compressed, unasked")
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise NoAnswer(f"answered with more than {ANSWER_LIMIT} bytes")
    return body


def _taken(body: bytes) -> Sequence[str]:
    try:
        return decode_calls_taken(body).committed
    except BadMessage as error:
        raise NoAnswer(f"gave an answer that is not one of ours: {error}") from None


def _reason(status: int, body: bytes) -> str:
    """What a refusal says, fit for one line of a log."""
    try:
        said = problems.decode_problem(body).detail
    except BadMessage:
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        return f"{status} {phrase}".strip()
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:500]
