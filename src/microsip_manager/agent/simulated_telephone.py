"""How a simulated MicroSIP carries out telephone commands."""

from __future__ import annotations

from microsip_manager.agent.phone_reading import Reading
from microsip_manager.agent.simulated_calls import SimulatedCalls
from microsip_manager.agent.status_text import NOT_REGISTERED, REGISTERED
from microsip_manager.agent.telephone import Line, line_of
from microsip_manager.wire.phone_state import CallState, PhoneState
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand


class SimulatedTelephone:
    """The line of one simulated MicroSIP, which makes one call at a time; without `calls` it makes none."""

    def __init__(self, calls: SimulatedCalls | None) -> None:
        self._calls = calls
        self.on_hold = False
        self.muted = False
        self.tones = ""
        """All that were sent into calls."""

    def seen(self, phone: PhoneState) -> Line:
        """The line of a MicroSIP in this state."""
        return line_of(Reading(phone), _status_text(phone), single_mode=True)

    def hang_up(self) -> None:
        """End the call, whoever does it."""
        if self._calls:
            self._calls.hang_up()
        self.on_hold = False

    def carry_out(self, command: TelephoneCommand) -> None:
        """Do it, or nothing where there is no call to do it with."""
        rings = self._calls is not None and self._calls.now.state is CallState.RINGING
        match command.action:
            case TelephoneAction.MUTE | TelephoneAction.UNMUTE:
                self.muted = command.action is TelephoneAction.MUTE
            case TelephoneAction.DIAL if self._calls:
                self._calls.dial(command.number or "")
            case TelephoneAction.ANSWER if self._calls and rings:
                self._calls.answer()
            case TelephoneAction.HANG_UP | TelephoneAction.TRANSFER if not rings:
                self.hang_up()
            case TelephoneAction.HOLD if self._calls and self._calls.talks:
                self.on_hold = not self.on_hold
            case TelephoneAction.DTMF if self._calls and self._calls.talks:
                self.tones += command.digits or ""


def _status_text(phone: PhoneState) -> str:
    """What the status bar of a real one would show of the registration."""
    words = (word for word, registration in NOT_REGISTERED.items() if registration is phone.registration)
    return phone.registration_text or next(words, REGISTERED[0])
