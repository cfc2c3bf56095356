"""Why a call to a client does not ring, in words: the question that administrators are asked most. Pure."""

from __future__ import annotations

from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallState, PhoneState, Registration

UNHEARD = "Nothing is heard of this PC: it is off, asleep or cut off from the network."
CLOSED = "MicroSIP is closed on this PC."
AWAY_SOMEHOW = "MicroSIP is closed, or the PC is off."
"""After a restart of the server nobody knows which."""

DND = "Do Not Disturb is on."
DENIES_ALL = "MicroSIP rejects every call: its setting denyIncoming is 'all'."
NO_SECOND_CALL = "There is a call already, and MicroSIP is set to take no second one."
FORWARDED = "MicroSIP forwards every call at once."
ANSWERED = "MicroSIP answers every call at once by itself."
SILENT = "It rings without a sound: the volume of the ringing is 0."

UNREGISTERED = {
    Registration.CONNECTING: "MicroSIP is not registered yet: it is connecting to its telephone server.",
    Registration.WRONG_PASSWORD: "MicroSIP is not registered: the telephone server does not take its password.",
    Registration.FAILED: "MicroSIP is not registered: its telephone server does not answer or refuses.",
    Registration.NONE: "MicroSIP is not registered: it has no active account with a telephone server.",
}


def no_ring_reason(status: PhoneStatus, phone: PhoneState | None, offline: str = AWAY_SOMEHOW) -> str:
    """One sentence; empty when it would ring, as far as is known. `offline` is the reason while it is offline."""
    if status is PhoneStatus.OFFLINE:
        return offline
    if status is PhoneStatus.DND:
        return DND
    return _of_the_phone(phone) if phone else ""


def _of_the_phone(phone: PhoneState) -> str:
    """In the order in which a call meets them."""
    if phone.registration in UNREGISTERED:
        return _unregistered(phone)
    if phone.call.state in (CallState.RINGING, CallState.IN_CALL) and not phone.call_waiting:
        return NO_SECOND_CALL
    if phone.deny_incoming == "all":
        return DENIES_ALL
    if phone.forwards_after == 0:
        return FORWARDED
    if phone.answers_after == 0:
        return ANSWERED
    return SILENT if phone.rings_silently else ""


def _unregistered(phone: PhoneState) -> str:
    reason = UNREGISTERED[phone.registration]
    if phone.registration is Registration.FAILED and phone.registration_text:
        return f"MicroSIP is not registered: {phone.registration_text}."
    return reason
