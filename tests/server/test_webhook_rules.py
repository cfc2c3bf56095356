"""Signatures, addresses and times of webhooks: what is decided without any network."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest

from microsip_manager.server.webhook_address import may_be_called, receiver_of
from microsip_manager.server.webhook_schedule import PATIENCE, next_try, rest_of
from microsip_manager.server.webhook_signature import secret_of, signed_headers

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_signature_is_that_of_the_example_of_standard_webhooks() -> None:
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_part_that_is_signed_changes_the_signature() -> None:
    secret, other = secret_of(b"a" * 32), secret_of(b"b" * 32)
    signed = [
        signed_headers(*parts)["webhook-signature"]
        for parts in [
            (secret, "msg_1", 1, b"{}"),
            (other, "msg_1", 1, b"{}"),
            (secret, "msg_2", 1, b"{}"),
            (secret, "msg_1", 2, b"{}"),
            (secret, "msg_1", 1, b"[]"),
        ]
    ]

    assert len(set(signed)) == 5


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.5",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:192.168.1.5",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
        "2001:db8::1",
    ],
)
def test_what_is_not_of_the_public_internet_is_not_called(address: str) -> None:
    assert not may_be_called(address, [])


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_of_the_public_internet_is_called(address: str) -> None:
    assert may_be_called(address, [])


def test_a_network_that_is_named_is_called_in_either_writing_and_no_other_one() -> None:
    named = [ipaddress.ip_network("192.168.1.0/24"), ipaddress.ip_network("fd00::/8")]

    assert may_be_called("192.168.1.5", named)
    assert may_be_called("::ffff:192.168.1.5", named)
    assert may_be_called("fd12::1", named)
    assert not may_be_called("192.168.2.5", named)
    assert not may_be_called("127.0.0.1", named)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://hooks.example/", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("hooks.example", "http:// or https://"),
        ("https://", "a host"),
        ("https:///path", "a host"),
        ("https://nikita:secret@hooks.example/", "without a user name"),
        ("https://hooks.example:99999/", "port"),
        ("https://hooks.example:0/", "port"),
        ("https://[fe80::1%25eth0]/", "a host"),
        ("https://[::1/", "a host"),
        ("https://хук.example/", "ASCII"),
        ("https://hooks.example/a b", "ASCII"),
        ("https://hooks.example/\r\nX: y", "ASCII"),
        ("https:\\\\hooks.example", "ASCII"),
    ],
)
def test_a_url_that_cannot_be_a_webhooks_is_refused_with_a_reason(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        receiver_of(url)


def test_a_url_is_taken_apart() -> None:
    receiver = receiver_of("https://Hooks.Example/a?b=c#d")

    assert (receiver.host, receiver.port, receiver.target) == ("hooks.example", 443, "/a?b=c")
    assert receiver.authority == "hooks.example"
    assert receiver_of("http://[2606:4700::1]:8080").authority == "[2606:4700::1]:8080"


def test_attempts_grow_rarer_and_end_after_a_day() -> None:
    now, attempts = NOON, 1
    pauses: list[timedelta] = []
    while later := next_try(attempts, now, NOON + PATIENCE, chance=0.5):
        pauses.append(later - now)
        now, attempts = later, attempts + 1

    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45)]
    assert pauses == sorted(pauses)
    assert max(pauses) == timedelta(hours=4)
    assert 12 <= attempts <= 14
    assert NOON + timedelta(hours=20) <= now < NOON + PATIENCE


def test_chance_spreads_those_that_failed_together() -> None:
    early, late = (next_try(5, NOON, NOON + PATIENCE, chance) for chance in (0.0, 1.0))

    assert early is not None
    assert late is not None
    assert early < late


def test_a_receiver_that_fails_rests_longer_each_time_and_a_minute_at_most() -> None:
    assert [rest_of(failures) for failures in (1, 2, 5, 6, 5000)] == [2, 4, 32, 60, 60]
