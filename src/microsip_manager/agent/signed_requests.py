"""Whether a signed request is one of the server's, fresh, and carried out for the first time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from microsip_manager.agent.seen_nonces import SeenNonces
from microsip_manager.agent.server_clock import ServerClock
from microsip_manager.clock import Clock
from microsip_manager.wire.signature import (
    WINDOW,
    Order,
    answer_header,
    is_signed,
    read_signature,
)

log = logging.getLogger(__name__)

TELL_EVERY = 60.0
"""Seconds between two lines about refusals, so that nobody can fill the log with them."""

ASK_AGAIN = 5.0
"""Seconds between two questions for the server's time, at least: somebody may repeat an old request as a flood."""


class BadSignature(Exception):
    """The request is not carried out; the text says why."""


@dataclass(frozen=True)
class Accepted:
    """A request that its server has signed: so its answer is signed too."""

    key: bytes
    nonce: str
    hostname: str

    def answer_header(self, status: int, body: bytes) -> str:
        return answer_header(self.key, self.nonce, self.hostname, status, body)


class SignedRequests:
    """`keys` gives those of the servers this agent has enrolled with. Any thread may ask.

    `ask_time` lets `server_clock` hear the server, if it can be reached.
    """

    def __init__(
        self,
        hostname: str,
        keys: Callable[[], Sequence[bytes]],
        server_clock: ServerClock,
        clock: Clock,
        ask_time: Callable[[], None],
    ) -> None:
        self._hostname = hostname
        self._keys = keys
        self._server_clock = server_clock
        self._clock = clock
        self._ask_time = ask_time
        self._lock = threading.Lock()
        self._seen = SeenNonces()
        self._ask_from = float("-inf")
        self._tell_from = float("-inf")

    def accept(self, method: str, target: str, body: bytes, header: str) -> Accepted:
        """The same request is accepted once. Raises `BadSignature`."""
        keys = self._keys()
        if not keys:
            raise BadSignature("This agent has not enrolled with a server, so it cannot know the signature.")
        signature = read_signature(header)
        if signature is None:
            raise BadSignature("Expected a signature `t=<seconds>,n=<32 hexadecimal digits>,v1=<64 of them>`.")
        order = Order(method, target, body, self._hostname)
        # All keys are tried in any case: the time it takes tells nothing of which one fits.
        fitting = [key for key in keys if is_signed(key, order, signature)]
        if not fitting:
            raise BadSignature(f"The signature is not one of {self._hostname}'s server for this request.")
        # Only from here on does it cost anything that a stranger could make grow.
        self._check_time(signature.time)
        with self._lock:
            if not self._seen.is_new(signature.time, signature.nonce):
                raise BadSignature("The request was carried out before, or is too old to tell.")
        return Accepted(fitting[0], signature.nonce, self._hostname)

    def tell(self, refusal: str) -> None:
        """Write a refusal into the log, once in a while."""
        with self._lock:
            if self._clock.monotonic() < self._tell_from:
                return
            self._tell_from = self._clock.monotonic() + TELL_EVERY
        log.warning("%s: a signed request is refused: %s", self._hostname, refusal)

    def _check_time(self, time: int) -> None:
        """Raises `BadSignature`."""
        if not self._is_in_time(time) and not self._server_clock.is_fresh():
            self._ask_now_and_then()
        now, started = self._server_clock.now(), self._server_clock.started()
        if now is None or started is None:
            raise BadSignature("This agent has not heard its server's clock since its start; try again.")
        if abs(time - now) > WINDOW:
            raise BadSignature(
                f"The request was signed at {_shown(time)}, and the server's clock as this agent heard it shows "
                f"{_shown(now)}; they may differ by {WINDOW} s."
            )
        # An agent before this one may have carried it out, and its memory is gone.
        if time < started:
            raise BadSignature(
                f"The request was signed at {_shown(time)}, and this agent started at {_shown(started)} by the "
                "server's clock; try again."
            )

    def _is_in_time(self, time: int) -> bool:
        now = self._server_clock.now()
        return now is not None and abs(time - now) <= WINDOW

    def _ask_now_and_then(self) -> None:
        with self._lock:
            if self._clock.monotonic() < self._ask_from:
                return
            self._ask_from = self._clock.monotonic() + ASK_AGAIN
        self._ask_time()


def _shown(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"
