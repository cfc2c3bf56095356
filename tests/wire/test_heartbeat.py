"""The heartbeat between programs of different ages."""

from __future__ import annotations

from msgspec import Struct

from microsip_manager.wire.codec import Decoder, encode
from microsip_manager.wire.heartbeat import Heartbeat, decode_heartbeat


class FirstHeartbeat(Struct, frozen=True):
    """What a server of the first version reads."""

    hostname: str
    extension: str
    status: int


def test_a_usual_heartbeat_is_the_one_of_the_first_description() -> None:
    assert encode(Heartbeat("NIKITA", "485", 0)) == b'{"hostname":"NIKITA","extension":"485","status":0}'


def test_a_heartbeat_without_the_new_field_is_no_farewell() -> None:
    assert decode_heartbeat(b'{"hostname":"NIKITA","extension":"485","status":0}').running is True


def test_an_older_server_takes_a_farewell_as_one_more_heartbeat() -> None:
    farewell = encode(Heartbeat("OLGA", "486", 1, running=False))

    assert Decoder(FirstHeartbeat)(farewell) == FirstHeartbeat("OLGA", "486", 1)
