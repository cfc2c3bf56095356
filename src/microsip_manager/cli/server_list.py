"""The servers in their order, and one request to the first of them that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLContext
from typing import TypeVar

import httpx2

from microsip_manager.cli.errors import AnswerCutOff, AnswerLost, BadAnswer, NoServer
from microsip_manager.settings import BadSetting
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.explain import tls_trouble
from microsip_manager.tls.trust import Trust
from microsip_manager.tls.unverified import time_of
from microsip_manager.wire.codec import BadMessage, Decoder
from microsip_manager.wire.problems import Problem, ProblemCode, decode_problem

ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes. The list of 100,000 clients is half of it."""

CONNECT_SECONDS = 3.0

AGENT_SECONDS = 5.0
"""A server itself waits up to `timeout` for an agent; this much longer we wait for the server."""

ASK_ANOTHER = {ProblemCode.PROTECTED_MODE.value, ProblemCode.NOT_READY.value}
"""Problems of one server, which the next one need not have."""

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL)

Message = TypeVar("Message")
Take = Callable[[bytes], None]
"""Takes a piece of an answer. What it raises itself should be a `FleetError`."""


class Silent(Exception):
    """One server gave no answer; the text says what happened."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent
        """True when the request may have reached it."""


@dataclass(frozen=True)
class ServerAnswer:
    """What a server answered."""

    server: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> Problem | None:
        """The problem this answer tells of; raises `BadAnswer` for an error in no form of ours."""
        if self.status < 400:
            return None
        try:
            return decode_problem(self.body)
        except BadMessage:
            raise BadAnswer(self.server, f"HTTP {self.status}") from None

    def decoded(self, decoder: Decoder[Message]) -> Message:
        """The message in it; raises `BadAnswer`."""
        try:
            return decoder(self.body)
        except BadMessage as error:
            raise BadAnswer(self.server, str(error)) from None


class ServerList:
    """Sends a request to the current server, else to the next ones in order. Threads may share it.

    Raises `BadSetting` when SERVER_CA cannot be used.
    """

    def __init__(
        self,
        servers: Sequence[str],
        timeout: float,
        transport: httpx2.BaseTransport | None = None,
        token: str = "",
        trust: Trust | None = None,
    ) -> None:
        """`token` is shown to each server that is asked."""
        self._servers = tuple(dict.fromkeys(server.rstrip("/") for server in servers))
        if not self._servers:
            raise ValueError("Expected at least one server")
        self.current = self._servers[0]
        self._trust = trust or Trust()
        needs_tls = any(server.startswith("https:") for server in self._servers)
        self._http = httpx2.Client(
            verify=_context(self._trust) if needs_tls else True,
            timeout=httpx2.Timeout(timeout + AGENT_SECONDS, connect=min(timeout, CONNECT_SECONDS)),
            # Straight to the servers: a proxy of this PC is for the internet, and a redirect is no answer of ours.
            trust_env=False,
            follow_redirects=False,
            # Compressed answers could grow without limit while they are unpacked.
            headers={"Accept-Encoding": "identity", "Content-Type": "application/json"},
            transport=transport,
        )
        if token:
            self.show({"Authorization": f"Bearer {token}"})

    def show(self, headers: Mapping[str, str]) -> None:
        """Send these, too, from now on."""
        self._http.headers.update(headers)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        repeatable: bool = True,
        take: Take | None = None,
    ) -> ServerAnswer:
        """The first answer. Raises `NoServer`, and `AnswerLost` when what is not repeatable was sent in vain.

        `take` gets the body of a good answer piece by piece, which is then not kept; when it breaks off behind the
        first piece, `AnswerCutOff` is raised.
        """
        reasons = []
        for server in (self.current, *(other for other in self._servers if other != self.current)):
            try:
                answer = self.ask_one(server, method, path, params=params, headers=headers, body=body, take=take)
            except Silent as silence:
                if silence.sent and not repeatable:
                    raise AnswerLost(server, str(silence)) from None
                reasons.append(f"{server} {silence}")
                continue
            if refusal := _refusal_of_its_own(answer):
                reasons.append(f"{server} {refusal}")
                continue
            self.current = server
            return answer
        raise NoServer(reasons)

    def close(self) -> None:
        self._http.close()

    def ask_one(
        self,
        server: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        take: Take | None = None,
    ) -> ServerAnswer:
        """The answer of this server, whatever it is; raises `Silent`, and `AnswerCutOff` as `ask` does."""
        try:
            with self._http.stream(method, server + path, params=params, headers=headers, content=body) as response:
                kept = _passed_on(server, response, take) if take and response.status_code < 400 else _bounded(response)
                return ServerAnswer(server, response.status_code, response.headers, kept)
        except NOT_SENT as error:
            told = tls_trouble(error, server, str(self._trust), datetime.now(UTC), time_of)
            raise Silent(told or f"cannot be reached ({error or type(error).__name__})", sent=False) from None
        except httpx2.TimeoutException:
            raise Silent("did not answer in time", sent=True) from None
        except (httpx2.HTTPError, OSError) as error:
            raise Silent(f"broke off ({error or type(error).__name__})", sent=True) from None


def _context(trust: Trust) -> SSLContext:
    try:
        return trust.context()
    except BadCertificate as error:
        raise BadSetting(f"SERVER_CA: {error}") from None


def _refusal_of_its_own(answer: ServerAnswer) -> str:
    """Why the next server should be asked; nothing when this answer counts."""
    if answer.status < 400:
        return ""
    try:
        told = decode_problem(answer.body)
    except BadMessage:
        return f"answered {answer.status}" if answer.status >= 500 else ""
    return f"refuses: {told.detail}" if told.code in ASK_ANOTHER else ""


def _passed_on(server: str, response: httpx2.Response, take: Take) -> bytes:
    """Pass the body on; nothing of it is left to keep."""
    _check_plain(response)
    begun = False
    try:
        for part in response.iter_bytes():
            begun = True
            take(part)
    except httpx2.HTTPError as error:
        if begun:
            raise AnswerCutOff(server, str(error) or type(error).__name__) from None
        raise
    return b""


def _check_plain(response: httpx2.Response) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Silent("answered compressed, unasked", sent=True)


def _bounded(response: httpx2.Response) -> bytes:
    _check_plain(response)
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT:
            raise Silent(f"answered with more than {ANSWER_LIMIT} bytes", sent=True)
    return b"".join(parts)
