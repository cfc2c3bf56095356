"""How a simulated MicroSIP carries out telephone commands."""

from __future__ import annotations

from microsip_manager.agent.simulated_calls import SimulatedCalls
from microsip_manager.agent.telephone import Line
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand


class SimulatedTelephone:
    """The line of one simulated MicroSIP, which makes one call at a time; without `calls` it makes none."""

    def __init__(self, calls: SimulatedCalls | None) -> None:
        self._calls = calls
        self.registered = True
        self.on_hold = False
        self.muted = False
        self.tones = ""
        """All that were sent into calls."""

    def seen(self) -> Line:
        in_call = self._calls is not None and self._calls.busy
        shows = "Connected" if in_call else "Online" if self.registered else "Offline"
        return Line(self.registered and not in_call, in_call, single_mode=True, shows=shows)

    def carry_out(self, command: TelephoneCommand) -> None:
        """Do it, or nothing where there is no call to do it with."""
        match command.action:
            case TelephoneAction.MUTE | TelephoneAction.UNMUTE:
                self.muted = command.action is TelephoneAction.MUTE
            case TelephoneAction.DIAL if self._calls:
                self._calls.dial(command.number or "")
            case TelephoneAction.ANSWER if self._calls and self._calls.rings:
                self._calls.answer()
            case TelephoneAction.HANG_UP | TelephoneAction.TRANSFER if self._calls and not self._calls.rings:
                self._calls.hang_up()
                self.on_hold = False
            case TelephoneAction.HOLD if self._calls and self._calls.talks:
                self.on_hold = not self.on_hold
            case TelephoneAction.DTMF if self._calls and self._calls.talks:
                self.tones += command.digits or ""
