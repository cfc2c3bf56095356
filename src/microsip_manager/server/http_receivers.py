"""Calls the receivers of webhooks over HTTP, each at an address that was looked at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx2

from microsip_manager.server.errors import ReceiverFailed
from microsip_manager.server.webhook_address import Network, Receiver, may_be_called, receiver_of

TIMEOUT = 10.0
"""Seconds for everything: finding the address, connecting, and the answer's head."""

ADDRESSES = 2
"""Addresses of one name that are tried."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


def receiver_client(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """An HTTP client that goes nowhere but where it is told: no proxy from the environment, no redirects.

    No connection is used twice: one to an address was made under the name of one receiver and is not another's.
    """
    return httpx2.AsyncClient(
        timeout=TIMEOUT,
        limits=httpx2.Limits(max_connections=500, max_keepalive_connections=0),
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )


async def addresses_of(host: str, port: int) -> list[str]:
    """What the system knows under this name; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class HttpReceivers:
    """The real `Receivers`."""

    def __init__(self, http: httpx2.AsyncClient, networks: Sequence[Network], resolve: Resolve = addresses_of) -> None:
        self._http = http
        self._networks = networks
        self._resolve = resolve

    async def check(self, url: str) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._addresses(_receiver(url))
        except TimeoutError:
            raise ReceiverFailed(f"the name could not be looked up within {TIMEOUT:g} s") from None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            async with asyncio.timeout(TIMEOUT):
                receiver = _receiver(url)
                addresses = await self._addresses(receiver)
                for address in addresses[:-1]:
                    try:
                        return await self._post(receiver, address, headers, body)
                    except httpx2.ConnectError:
                        continue
                return await self._post(receiver, addresses[-1], headers, body)
        except (TimeoutError, httpx2.TimeoutException):
            raise ReceiverFailed(f"no answer within {TIMEOUT:g} s") from None
        except httpx2.ConnectError:
            raise ReceiverFailed("no connection, or no trust in the receiver's certificate") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ReceiverFailed(f"the connection failed: {type(error).__name__}") from None

    async def _post(self, receiver: Receiver, address: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; what else the receiver says is not read."""
        # The address goes into the URL, so that nothing is looked up again between the look and the connection; the
        # name stays what the receiver is asked for, and what its certificate has to hold.
        host = f"[{address.replace('%', '%25')}]" if ":" in address else address
        async with self._http.stream(
            "POST",
            f"{receiver.scheme}://{host}:{receiver.port}{receiver.target}",
            headers={**headers, "host": receiver.authority},
            content=body,
            extensions={"sni_hostname": receiver.host},
        ) as response:
            return response.status_code

    async def _addresses(self, receiver: Receiver) -> list[str]:
        try:
            found = await self._resolve(receiver.host, receiver.port)
        except (OSError, UnicodeError):
            raise ReceiverFailed(f"there is no address of {receiver.host!r}") from None
        allowed = [address for address in found if may_be_called(address, self._networks)]
        if not allowed:
            raise ReceiverFailed(
                f"{receiver.host!r} is in a private network; WEBHOOK_NETWORKS names those that may be called"
            )
        return allowed[:ADDRESSES]


def _receiver(url: str) -> Receiver:
    try:
        return receiver_of(url)
    except ValueError as error:
        raise ReceiverFailed(str(error)) from None
