"""Heartbeats that are read once."""

from __future__ import annotations

import pytest

from microsip_manager.server.heartbeat_memory import LONGEST, HeartbeatMemory
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat, decode_heartbeat


def body_of(number: int) -> bytes:
    return encode(Heartbeat(f"PC-{number}", "485", 0))


def test_the_same_bytes_are_the_same_heartbeat() -> None:
    read = HeartbeatMemory()

    first = read(body_of(1))

    assert first == decode_heartbeat(body_of(1))
    assert read(body_of(1)) is first
    assert read(body_of(2)) == decode_heartbeat(body_of(2))


def test_a_bad_one_is_refused_each_time() -> None:
    read = HeartbeatMemory()

    for _ in range(2):
        with pytest.raises(BadMessage):
            read(b"{}")


def test_it_never_remembers_more_than_its_limit() -> None:
    read = HeartbeatMemory(most=10)
    last = [read(body_of(number)) for number in range(1000)][-1]

    assert read(body_of(999)) is last
    assert len(read._read) <= 10


def test_a_long_one_is_read_anew_each_time() -> None:
    read = HeartbeatMemory()
    long = body_of(1)[:-1] + b" " * LONGEST + b"}"

    assert read(long) == read(body_of(1))
    assert read(long) is not read(long)
