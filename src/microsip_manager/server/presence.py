"""Who is there: pure decisions about one client, values in and values out."""

from __future__ import annotations

from datetime import datetime

import msgspec

from microsip_manager.server.no_ring import CLOSED, RINGS, UNHEARD, NoRing, no_ring
from microsip_manager.wire.clients import AgentState, AgentStatus, ClientState
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus, status_of
from microsip_manager.wire.phone_state import PhoneState, shown

# For the heartbeats: Python 3.11 takes 0.1 µs to reach a member through its enum.
_ONLINE, _DND, _OFFLINE = PhoneStatus.ONLINE, PhoneStatus.DND, PhoneStatus.OFFLINE
_CONNECTED, _ASLEEP, _LOST = AgentState.CONNECTED, AgentState.ASLEEP, AgentState.LOST


class Flip(msgspec.Struct, frozen=True):
    """A client changed its status. `before` is None for a client seen for the first time."""

    hostname: str
    before: PhoneStatus | None
    after: PhoneStatus
    at: datetime


def heard(
    before: ClientState | None,
    beat: Heartbeat,
    address: str,
    now: datetime,
    said: PhoneState | None = None,
    linked: bool = False,
) -> tuple[ClientState, Flip | None]:
    """The client after a heartbeat, or after the notice that MicroSIP was closed; only a linked agent stays then.

    `said` is the phone of the heartbeat before: what viewers see of it is made anew only when it has changed.
    """
    status = _OFFLINE if not beat.running else _DND if beat.status else _ONLINE
    same = before is not None and before.status is status
    phone, reason = None, RINGS
    unchanged = beat.phone is said or beat.phone == said
    if before is not None and same and unchanged and (said is None) is (before.phone is None):
        phone, reason = before.phone, NoRing(before.no_ring_code, before.no_ring_reason)
    else:
        if beat.phone is not None and status is not _OFFLINE:
            phone = shown(beat.phone)
        reason = no_ring(status, phone, CLOSED)
    after = ClientState(
        beat.hostname,
        beat.extension,
        status,
        before.status_since if before is not None and same else now,
        now,
        address,
        beat.port,
        beat.agent_version,
        beat.simulated,
        _CONNECTED if beat.running else _ASLEEP if linked else _LOST,
        phone,
        reason.text,
        reason.code,
        before.desired if before is not None else None,
        before.also_at if before is not None else "",
        before.clone if before is not None else False,
    )
    if same:
        return after, None
    return after, Flip(after.hostname, before.status if before else None, status, now)


def answered(before: ClientState, answer: AgentStatus, now: datetime) -> tuple[ClientState, Flip | None]:
    """The client after its agent answered a question."""
    after = msgspec.structs.replace(
        before,
        extension=answer.extension or before.extension,
        agent_version=answer.agent_version,
        simulated=answer.simulated,
        last_seen=now,
        phone=shown(answer.phone) if answer.phone else before.phone,
    )
    return with_status(after, answer.status, now, CLOSED)


def dnd_read(before: ClientState, running: bool, dnd: bool, now: datetime) -> tuple[ClientState, Flip | None]:
    """The client after a command told what it found."""
    return with_status(msgspec.structs.replace(before, last_seen=now), status_of(running, dnd), now, CLOSED)


def fell_silent(before: ClientState, at: datetime) -> tuple[ClientState, Flip | None]:
    """The client from the moment on at which it should have spoken, or said farewell."""
    return _changed(before, _OFFLINE, at, UNHEARD, _LOST)


def restored(stored: ClientState) -> ClientState:
    """A client as far as it is known after a restart of the server."""
    agent = _LOST if stored.status is _OFFLINE else _CONNECTED
    reason = no_ring(stored.status, stored.phone)
    return msgspec.structs.replace(stored, agent=agent, no_ring_reason=reason.text, no_ring_code=reason.code)


def with_status(
    before: ClientState, status: PhoneStatus, at: datetime, offline: NoRing
) -> tuple[ClientState, Flip | None]:
    """The client after its agent told its status; `offline` is why it does not ring if that is offline."""
    return _changed(before, status, at, offline, _ASLEEP if status is _OFFLINE else _CONNECTED)


def _changed(
    before: ClientState, status: PhoneStatus, at: datetime, offline: NoRing, agent: AgentState
) -> tuple[ClientState, Flip | None]:
    phone = None if status is _OFFLINE else before.phone
    reason = no_ring(status, phone, offline)
    after = msgspec.structs.replace(
        before, agent=agent, phone=phone, no_ring_reason=reason.text, no_ring_code=reason.code
    )
    if before.status is status:
        return after, None
    flip = Flip(before.hostname, before.status, status, at)
    return msgspec.structs.replace(after, status=status, status_since=at), flip


def is_news(before: ClientState, after: ClientState) -> bool:
    """True when what is seen of the agent or the phone differs, besides what is worth writing."""
    return (
        before.agent is not after.agent
        or before.no_ring_reason != after.no_ring_reason
        or (before.phone is not after.phone and before.phone != after.phone)
    )


def worth_writing(before: ClientState | None, after: ClientState) -> bool:
    """True when something differs that is kept over a restart, besides the time of the last heartbeat."""
    return before is None or not (
        before.status is after.status
        and before.address == after.address
        and before.extension == after.extension
        and before.hostname == after.hostname
        and before.port == after.port
        and before.agent_version == after.agent_version
        and before.simulated is after.simulated
    )


def sort_key(client: ClientState) -> str:
    return hostname_key(client.hostname)
