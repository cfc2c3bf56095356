"""Calling the receivers of webhooks: only where it is allowed, and at the very address that was looked at."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Sequence

import httpx2
import pytest

from microsip_manager.server.errors import ReceiverFailed
from microsip_manager.server.http_receivers import HttpReceivers, receiver_client
from microsip_manager.server.webhook_address import Network

OWN: list[Network] = [ipaddress.ip_network("192.168.1.0/24")]


def post(
    url: str,
    handler: Callable[[httpx2.Request], httpx2.Response],
    *addresses: str,
    networks: Sequence[Network] = (),
) -> int:
    """Call a receiver whose name has these addresses."""

    async def resolve(host: str, port: int) -> list[str]:
        if not addresses:
            raise OSError("no such name")
        return list(addresses)

    async def call() -> int:
        async with receiver_client(httpx2.MockTransport(handler)) as http:
            return await HttpReceivers(http, networks, resolve).post(url, {"webhook-id": "msg_1"}, b"{}")

    return asyncio.run(call())


def taken(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(204)


def nobody_may_be_called(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError(f"{request.url} was called")


def test_the_address_that_was_looked_at_is_called_under_the_name_of_the_receiver() -> None:
    seen: list[httpx2.Request] = []

    def receiver(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    assert post("https://hooks.example:8443/phones?a=b", receiver, "8.8.8.8") == 200
    assert str(seen[0].url) == "https://8.8.8.8:8443/phones?a=b"
    assert seen[0].headers.get_list("host") == ["hooks.example:8443"]
    assert seen[0].extensions["sni_hostname"] == "hooks.example"
    assert (seen[0].headers["webhook-id"], seen[0].content) == ("msg_1", b"{}")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://hooks.example/", "127.0.0.1"),
        ("http://localhost:8083/api/clients", "::1"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("http://router.example/", "192.168.2.1"),
    ],
)
def test_a_private_address_is_not_called_whatever_its_name(url: str, address: str) -> None:
    with pytest.raises(ReceiverFailed, match="is in a private network; WEBHOOK_NETWORKS names"):
        post(url, nobody_may_be_called, address, networks=OWN)


def test_a_private_address_among_others_is_passed_over() -> None:
    seen: list[str] = []

    def receiver(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.host)
        raise httpx2.ConnectError("no route", request=request)

    with pytest.raises(ReceiverFailed, match="no connection"):
        post("http://hooks.example/", receiver, "127.0.0.1", "8.8.8.8", "10.0.0.1", "8.8.4.4")

    assert seen == ["8.8.8.8", "8.8.4.4"]


def test_a_network_of_ones_own_is_called_when_it_is_named() -> None:
    assert post("http://hooks.example/", taken, "192.168.1.5", networks=OWN) == 204


def test_a_redirect_is_not_followed() -> None:
    def elsewhere(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "8.8.8.8"
        return httpx2.Response(307, headers={"location": "http://127.0.0.1:8083/api/clients"})

    assert post("http://hooks.example/", elsewhere, "8.8.8.8") == 307


def test_an_answer_is_not_read_however_long_it_is() -> None:
    read: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        read.append(b"x")
        yield b"x"

    assert post("http://hooks.example/", lambda _: httpx2.Response(200, content=endless()), "8.8.8.8") == 200
    assert read == []


def slow(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadTimeout("slow", request=request)


def torn(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.RemoteProtocolError("torn", request=request)


@pytest.mark.parametrize(("receiver", "said"), [(slow, "no answer within 10 s"), (torn, "RemoteProtocolError")])
def test_what_went_wrong_is_told(receiver: Callable[[httpx2.Request], httpx2.Response], said: str) -> None:
    with pytest.raises(ReceiverFailed, match=said):
        post("http://hooks.example/", receiver, "8.8.8.8")


def test_a_name_without_an_address_is_told() -> None:
    with pytest.raises(ReceiverFailed, match=r"there is no address of 'hooks\.example'"):
        post("http://hooks.example/", nobody_may_be_called)


@pytest.mark.parametrize(
    "url", ["http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://localhost/", "http://[::1]/"]
)
def test_however_an_address_is_written_it_is_looked_at(url: str) -> None:
    async def check() -> None:
        async with receiver_client(httpx2.MockTransport(nobody_may_be_called)) as http:
            await HttpReceivers(http, []).check(url)

    with pytest.raises(ReceiverFailed, match="private network"):
        asyncio.run(check())
