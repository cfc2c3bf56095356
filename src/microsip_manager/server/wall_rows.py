"""What of a client is for a wallboard. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallState
from microsip_manager.wire.wall import WallClient, WallState

BUSY = (CallState.RINGING, CallState.IN_CALL)


def wall_client(client: ClientState, groups: Sequence[str]) -> WallClient:
    state, since = _state(client)
    return WallClient(client.hostname, list(groups), state, since)


def _state(client: ClientState) -> tuple[WallState, datetime]:
    """As the board counts them: a call goes before DND, for whoever speaks is not merely away."""
    if client.status is PhoneStatus.OFFLINE:
        return WallState.OFFLINE, client.status_since
    if client.phone is not None and client.phone.call.state in BUSY:
        return WallState.CALL, client.phone.call.since or client.status_since
    if client.status is PhoneStatus.DND:
        return WallState.DND, client.status_since
    return (WallState.TROUBLE if client.no_ring_code is not None else WallState.FREE), client.status_since
