"""The way to an agent over HTTP: to its own port, at the address its heartbeats come from."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

import httpx2

from microsip_manager.clock import Clock
from microsip_manager.server.agent_address import why_not_called
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.ways import Reply, Request
from microsip_manager.server.webhook_address import Network
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.commands import COMMAND_SECONDS
from microsip_manager.wire.problems import decode_problem
from microsip_manager.wire.signature import NONCE_BYTES, SIGNATURE, Order, is_signed_answer, signed

CONNECT_TIMEOUT = 3.0
"""Seconds. A PC that is off gives no answer at all, and a PC in the same company connects in milliseconds."""


def agent_client(timeout: float, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """An HTTP client that goes nowhere but where it is told: no proxy from the environment, no redirects."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout, connect=min(CONNECT_TIMEOUT, timeout), pool=timeout),
        # A connection kept open to a PC that has gone to sleep would fail the next command. Those to PCs that are off
        # last for seconds; a command to many begins 500 a second, and the living must not wait for them.
        limits=httpx2.Limits(max_connections=2000, max_keepalive_connections=0),
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )


CommandKey = Callable[[ClientState], bytes | None]
"""The key with which commands to a client are signed; None for an agent that has none. It must not block."""


def no_key(client: ClientState) -> None:
    """Nobody's agent has a key."""


class HttpAgentLink:
    """The `Way` that needs an open port on the PC. No answer is late: at the deadline the connection ends.

    Agents are called in these networks only. Where `command_key` knows a key, the request is signed, and an answer
    counts only with the agent's signature.
    """

    name = "http"

    def __init__(
        self, http: httpx2.AsyncClient, networks: Sequence[Network], clock: Clock, command_key: CommandKey = no_key
    ) -> None:
        self._http = http
        self._networks = networks
        self._clock = clock
        self._command_key = command_key

    def reaches(self, client: ClientState) -> bool:
        return bool(client.address)

    async def ask(self, client: ClientState, request: Request, late: Callable[[Reply], None]) -> Reply:
        if reason := why_not_called(client.address, client.port, self._networks):
            raise AgentSilent(reason)
        where = f"{client.address}, port {client.port}"
        # Not all of the time, so that a PC that cannot be reached is told from one that was given a command.
        connect = min(CONNECT_TIMEOUT, request.seconds / 2)
        headers = {"content-type": "application/json"} if request.body else {}
        if request.method == "POST":
            # The agent counts from when it has read this, for which connecting may have taken its time.
            headers[COMMAND_SECONDS] = f"{request.seconds - connect:.3f}"
        timeout = httpx2.Timeout(request.seconds, connect=connect)
        url = httpx2.URL(_url(client, request.path))
        key, nonce = self._command_key(client), secrets.token_hex(NONCE_BYTES)
        if key is not None:
            order = Order(request.method, url.raw_path.decode("ascii"), request.body, client.hostname)
            headers[SIGNATURE] = signed(key, order, int(self._clock.now().timestamp()), nonce).header()
        try:
            async with (
                asyncio.timeout(request.seconds),
                self._http.stream(
                    request.method, url, content=request.body, headers=headers, timeout=timeout
                ) as response,
            ):
                reply = Reply(response.status_code, await _limited(response, request.limit))
                shown = response.headers.get(SIGNATURE, "")
        except httpx2.ConnectTimeout:
            raise AgentSilent(f"nothing answers at {where}; the PC may be off or a firewall in between") from None
        except (TimeoutError, httpx2.TimeoutException):
            raise AgentSilent(
                f"the agent at {where} did not answer within {request.seconds:g} s", in_time=False
            ) from None
        except httpx2.ConnectError:
            raise AgentSilent(f"no connection to {where}: no agent runs there") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise AgentSilent(f"the connection to {where} failed: {type(error).__name__}") from None
        if key is not None and not is_signed_answer(key, nonce, client.hostname, reply.status, reply.body, shown):
            raise AgentSilent(f"the answer from {where} is not signed by this client's agent{_claim(reply)}")
        return reply


def _url(client: ClientState, path: str) -> str:
    host = f"[{client.address}]" if ":" in client.address else client.address
    return f"http://{host}:{client.port}{path}"


def _claim(reply: Reply) -> str:
    """What an answer says that is not believed: it may well be the agent's own reason."""
    try:
        said = decode_problem(reply.body).detail
    except BadMessage:
        said = ""
    return f"; it says: {said[:300]}" if said and said.isprintable() else f" (HTTP status {reply.status})"


async def _limited(response: httpx2.Response, limit: int) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise AgentSilent("the agent's answer is larger than an answer can be")
    return body
