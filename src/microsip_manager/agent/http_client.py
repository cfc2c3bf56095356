"""Requests to the servers, over connections that are kept open between them.

It is Python's own HTTP client: an agent that sleeps on hundreds of PCs should not carry a bigger one.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.trust import Trust

if TYPE_CHECKING:
    from http.client import HTTPConnection

ANSWER_LIMIT = 16384
"""Bytes of a server's answer that are read; a longer one is not one of ours."""

CONNECT_SECONDS = 3.0

KEPT = 2
"""Open connections kept for each server: for heartbeats, and for what else there is to send."""

HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}


class NoAnswer(Exception):
    """A server gave no answer that can be used; the text says what happened."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    date: str = ""
    """When the server says that it answered."""


def nothing() -> str:
    return ""


class HttpClient:
    """Goes straight to the servers: no proxies, no redirects. Any thread may ask.

    `trust` says whose certificates those with `https://` may have, and `authorization` what the servers are shown, if
    anything.
    """

    def __init__(self, trust: Trust | None = None, authorization: Callable[[], str] = nothing) -> None:
        self._trust = trust or Trust()
        self._authorization = authorization
        self._lock = threading.Lock()
        self._idle: dict[str, list[HTTPConnection]] = defaultdict(list)

    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float) -> Answer:
        """The answer of a server, such as `http://172.16.99.12:8083`, within about `seconds`; raises `NoAnswer`."""
        # It brings in the whole of TLS and e-mail parsing, which an agent needs only once it has something to say.
        from http.client import HTTPException

        deadline = time.monotonic() + seconds
        try:
            while kept := self._taken(server):
                try:
                    return self._exchange(kept, method, server, path, body, deadline)
                except _ended_errors(server):
                    # The server closes connections that were idle too long. Whatever we send may arrive twice.
                    kept.close()
            return self._exchange(self._connection(server), method, server, path, body, deadline)
        except BadCertificate as error:
            raise NoAnswer(f"cannot be checked: {error}") from None
        except (HTTPException, OSError, UnicodeError) as error:
            raise NoAnswer(trouble_of(error, server, self._trust)) from None

    def close(self) -> None:
        with self._lock:
            for connection in [one for several in self._idle.values() for one in several]:
                connection.close()
            self._idle.clear()

    def _connection(self, server: str) -> HTTPConnection:
        """Raises `BadCertificate` when whom to trust cannot be read."""
        from http.client import HTTPConnection, HTTPSConnection

        parts = urlsplit(server)
        host = parts.hostname or ""
        # The host without its port would be taken for host and port when it is an IPv6 address.
        if parts.scheme == "https":
            return HTTPSConnection(host, parts.port or 443, context=self._trust.context())
        return HTTPConnection(host, parts.port or 80)

    def _exchange(
        self, connection: HTTPConnection, method: str, server: str, path: str, body: bytes | None, deadline: float
    ) -> Answer:
        try:
            connection.timeout = min(CONNECT_SECONDS, _left(deadline))
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(_left(deadline))
            shown = self._authorization()
            connection.request(method, path, body, {**HEADERS, "Authorization": shown} if shown else HEADERS)
            response = connection.getresponse()
            found = response.read(ANSWER_LIMIT + 1)
            if len(found) > ANSWER_LIMIT:
                raise NoAnswer(f"answered with more than {ANSWER_LIMIT} bytes")
            if response.length:
                raise NoAnswer(f"did not answer to the end: {response.length} bytes are missing")
        except BaseException:
            connection.close()
            raise
        self._put_back(server, connection)
        return Answer(response.status, found, response.headers.get("Date", ""))

    def _taken(self, server: str) -> HTTPConnection | None:
        with self._lock:
            several = self._idle[server]
            return several.pop() if several else None

    def _put_back(self, server: str, connection: HTTPConnection) -> None:
        with self._lock:
            if connection.sock is not None and len(self._idle[server]) < KEPT:
                self._idle[server].append(connection)
                return
        connection.close()


def _left(deadline: float) -> float:
    """The seconds to a deadline; raises `TimeoutError` when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    return left


def trouble_of(error: Exception, server: str, trust: Trust) -> str:
    """One line on what went wrong with a server."""
    if server.startswith("https:"):
        # Only now is it needed, and only where there is TLS.
        from microsip_manager.tls.explain import tls_trouble
        from microsip_manager.tls.unverified import time_of

        told = tls_trouble(error, server, str(trust), datetime.now(UTC), lambda asked: time_of(asked, CONNECT_SECONDS))
        if told is not None:
            return told
    return f"did not answer ({type(error).__name__}: {error})"


def _ended_errors(server: str) -> tuple[type[Exception], ...]:
    """How a kept connection ends; over TLS in more ways."""
    from http.client import HTTPException

    if not server.startswith("https:"):
        return ConnectionError, HTTPException
    import ssl

    return ConnectionError, HTTPException, ssl.SSLEOFError, ssl.SSLZeroReturnError
