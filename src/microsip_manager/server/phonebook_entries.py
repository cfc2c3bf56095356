"""Who stands in the phonebook, and how each is seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallState
from microsip_manager.wire.phonebook import Contact, ContactState, Seen

_SEEN = {PhoneStatus.OFFLINE: Seen.OFFLINE, PhoneStatus.ONLINE: Seen.ONLINE, PhoneStatus.DND: Seen.BUSY}
_SEEN_IN_CALL = {CallState.RINGING: Seen.RING, CallState.IN_CALL: Seen.PHONE}
_INFO = {Seen.BUSY: "DND", Seen.RING: "ringing", Seen.PHONE: "in a call", Seen.AWAY: "away"}
_NEAREST = (Seen.PHONE, Seen.RING, Seen.ONLINE, Seen.AWAY, Seen.BUSY, Seen.OFFLINE)
"""Of two phones of one number the one that tells more of its user counts."""


def seen_as(client: ClientState) -> Seen:
    """The one place that knows which state of a client MicroSIP shows with which sign."""
    phone = client.phone
    if phone is not None and phone.call.state in _SEEN_IN_CALL:
        return _SEEN_IN_CALL[phone.call.state]
    if phone is not None and phone.away and client.status is PhoneStatus.ONLINE:
        return Seen.AWAY
    return _SEEN[client.status]


def entries_of(clients: Iterable[ClientState]) -> dict[str, tuple[Contact, ContactState]]:
    """A contact and its state for each number, in the order of the clients.

    MicroSIP knows contacts by their numbers, so two PCs of one extension are one contact, named after the first: of
    real ones if there are any.
    """
    by_number: dict[str, list[ClientState]] = {}
    for client in clients:
        if client.extension:
            by_number.setdefault(client.extension, []).append(client)
    return {number: _entry(number, sharing) for number, sharing in by_number.items()}


def _entry(number: str, sharing: list[ClientState]) -> tuple[Contact, ContactState]:
    chosen = [client for client in sharing if not client.simulated] or sharing
    first = chosen[0]
    name = f"{first.hostname} (simulated)" if first.simulated else first.hostname
    seen = seen_as(first) if len(chosen) == 1 else min(map(seen_as, chosen), key=_NEAREST.index)
    return Contact(name, number), ContactState(number, seen, _INFO.get(seen, ""))
