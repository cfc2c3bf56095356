"""Calls and changes of status, invented and stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from microsip_manager.server.presence import Flip
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.tables import calls_table
from microsip_manager.wire.calls import Call, CallDirection
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.names import hostname_key

_ids = count()


def call_at(
    moment: datetime,
    hostname: str = "NIKITA",
    direction: CallDirection = CallDirection.INCOMING,
    duration: int = 0,
) -> Call:
    return Call(
        id=f"{next(_ids):032x}",
        hostname=hostname,
        extension="485",
        key=0,
        number="486",
        name="",
        direction=direction,
        started_at=moment,
        duration=duration,
        info="Call Ended",
        ended=True,
    )


def client_with(flip: Flip) -> ClientState:
    """The client as the server's memory has it after this change."""
    return ClientState(flip.hostname, "485", flip.after, flip.at, flip.at, "192.0.2.17", 8084, "", False)


def remember(store: SqlStore, calls: Sequence[Call], flips: Sequence[Flip]) -> None:
    """Put all of it into the database, as the server would."""
    store.write([client_with(flip) for flip in flips], flips)
    rows = [
        {
            "id": call.id,
            "client_key": hostname_key(call.hostname),
            "hostname": call.hostname,
            "extension": call.extension,
            "key": call.key,
            "number": call.number,
            "name": call.name,
            "direction": call.direction.value,
            "started_at": call.started_at,
            "duration": call.duration,
            "info": call.info,
            "ended": call.ended,
            "received_at": call.started_at,
        }
        for call in calls
    ]
    if rows:
        with store.engine.begin() as connection:
            connection.execute(calls_table.insert(), rows)
