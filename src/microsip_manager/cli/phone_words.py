"""The state of a phone in a few words, for a column of a table."""

from __future__ import annotations

from microsip_manager.wire.phone_state import CallNow, CallState, Direction, Registration, ShownPhone

REGISTRATIONS = {
    Registration.CONNECTING: "connecting",
    Registration.WRONG_PASSWORD: "wrong password",
    Registration.FAILED: "not registered",
    Registration.NONE: "no account",
}
"""Those that are worth a word: registered is as it should be, and of what is not known nothing can be said."""

ARROW = {Direction.INCOMING: " ←", Direction.OUTGOING: " →"}


def phone_words(phone: ShownPhone | None) -> str:
    """`in call ← …45, away`; empty for a phone that is registered and quiet, or of which nothing is known."""
    if phone is None:
        return ""
    words = [
        REGISTRATIONS.get(phone.registration, ""),
        _call_words(phone.call),
        "forwarding" if phone.forwarding else "",
        "auto answer" if phone.auto_answer else "",
        "away" if phone.away else "",
        f"{phone.copies} MicroSIPs" if phone.copies > 1 else "",
    ]
    return ", ".join(word for word in words if word)


def _call_words(call: CallNow) -> str:
    if call.state not in (CallState.RINGING, CallState.IN_CALL):
        return ""
    arrow = ARROW[call.direction] if call.direction else ""
    return f"{call.state.value.replace('_', ' ')}{arrow}{f' {call.number}' if call.number else ''}"
