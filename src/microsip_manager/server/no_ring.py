"""Why a call to a client does not ring, in words: the question that administrators are asked most. Pure."""

from __future__ import annotations

from typing import NamedTuple

from microsip_manager.wire.clients import NoRingCode
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import CallState, PhoneState, Registration


class NoRing(NamedTuple):
    """A reason: for programs and other languages its code, for people one sentence."""

    code: NoRingCode | None
    text: str


RINGS = NoRing(None, "")
"""As far as is known."""

UNHEARD = NoRing(NoRingCode.UNHEARD, "Nothing is heard of this PC: it is off, asleep or cut off from the network.")
CLOSED = NoRing(NoRingCode.CLOSED, "MicroSIP is closed on this PC.")
AWAY_SOMEHOW = NoRing(NoRingCode.CLOSED_OR_OFF, "MicroSIP is closed, or the PC is off.")
"""After a restart of the server nobody knows which."""

DND = NoRing(NoRingCode.DND, "Do Not Disturb is on.")
DENIES_ALL = NoRing(NoRingCode.DENIES_ALL, "MicroSIP rejects every call: its setting denyIncoming is 'all'.")
NO_SECOND_CALL = NoRing(
    NoRingCode.NO_SECOND_CALL, "There is a call already, and MicroSIP is set to take no second one."
)
FORWARDED = NoRing(NoRingCode.FORWARDED, "MicroSIP forwards every call at once.")
ANSWERED = NoRing(NoRingCode.ANSWERED, "MicroSIP answers every call at once by itself.")
SILENT = NoRing(NoRingCode.SILENT, "It rings without a sound: the volume of the ringing is 0.")

UNREGISTERED = {
    Registration.CONNECTING: NoRing(
        NoRingCode.CONNECTING, "MicroSIP is not registered yet: it is connecting to its telephone server."
    ),
    Registration.WRONG_PASSWORD: NoRing(
        NoRingCode.WRONG_PASSWORD, "MicroSIP is not registered: the telephone server does not take its password."
    ),
    Registration.FAILED: NoRing(
        NoRingCode.NOT_REGISTERED, "MicroSIP is not registered: its telephone server does not answer or refuses."
    ),
    Registration.NONE: NoRing(
        NoRingCode.NO_ACCOUNT, "MicroSIP is not registered: it has no active account with a telephone server."
    ),
}


def no_ring(status: PhoneStatus, phone: PhoneState | None, offline: NoRing = AWAY_SOMEHOW) -> NoRing:
    """The first obstacle that a call meets; `RINGS` when there is none. `offline` is the one while it is offline."""
    if status is PhoneStatus.OFFLINE:
        return offline
    if status is PhoneStatus.DND:
        return DND
    return _of_the_phone(phone) if phone else RINGS


def _of_the_phone(phone: PhoneState) -> NoRing:
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
    return SILENT if phone.rings_silently else RINGS


def _unregistered(phone: PhoneState) -> NoRing:
    reason = UNREGISTERED[phone.registration]
    if phone.registration is Registration.FAILED and phone.registration_text:
        return reason._replace(text=f"MicroSIP is not registered: {phone.registration_text}.")
    return reason
