"""A MicroSIP inside this process, for demo, tests and systems without one. Its agent says that it is simulated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from msgspec import structs

from microsip_manager.agent.boundaries import (
    CLOSED,
    DndResult,
    PhoneFiles,
    PhoneIni,
    PhoneView,
    TelephoneResult,
    Trouble,
)
from microsip_manager.agent.dnd import DndSwitch
from microsip_manager.agent.errors import NoDndButton, PhoneDenied, PhoneError, PhoneGone, PhoneHung
from microsip_manager.agent.known_settings import shown_deny_incoming, told_deny_incoming
from microsip_manager.agent.langpack import ENGLISH
from microsip_manager.agent.microsip_ini import Ini
from microsip_manager.agent.simulated_calls import SimulatedCalls
from microsip_manager.agent.simulated_telephone import SimulatedTelephone
from microsip_manager.agent.telephone import TAKEN, refused_to_dial, result_of
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone_state import NO_CALL, PhoneState, Registration
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome

READY = PhoneState(registration=Registration.REGISTERED, microsip_version="3.22.3")
"""A MicroSIP as it is most of the time."""


class SimulatedPhone:
    """A `Softphone`, and the hands of the person in front of it: open, close, click, freeze. For any thread.

    Like the real one it toggles on a click, keeps DND while closed, carries out a click late when it was frozen,
    and has a DND button only while `deny_incoming` is `button`. With `calls` its user can make and take calls.
    """

    def __init__(
        self,
        extension: str = "100",
        *,
        running: bool = True,
        dnd: bool = False,
        calls: SimulatedCalls | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.extension = extension
        self._calls = calls
        self.line = SimulatedTelephone(calls)
        self._lock = threading.RLock()
        self._running = running
        self._dnd = dnd
        self._frozen = False
        self._elevated = False
        self._deny_incoming = "button"
        self._more = READY
        self._freezes_at_click = False
        self._late_clicks = 0
        pauses = _Pauses(wait)
        self._switch = DndSwitch(_Button(self), pauses.monotonic, pauses.wait)

    def look(self) -> PhoneView:
        try:
            return PhoneView(running=True, dnd=self.read_button(), extension=self.extension, phone=self._phone())
        except PhoneGone:
            return CLOSED
        except PhoneHung as error:
            return self._troubled(Trouble.HUNG, error)
        except PhoneDenied as error:
            return self._troubled(Trouble.DENIED, error)
        except NoDndButton as error:
            return self._troubled(Trouble.NO_BUTTON, error)

    def set_dnd(self, enabled: bool) -> DndResult:
        result = self._switch.set(enabled)
        if result.outcome is DndOutcome.NOT_RUNNING:
            return DndResult(DndOutcome.NOT_RUNNING, None, CLOSED.detail)
        return result

    def telephone(self, command: TelephoneCommand) -> TelephoneResult:
        with self._lock:
            try:
                return self._told(command)
            except PhoneError as error:
                return result_of(error)

    def inis(self) -> list[PhoneIni]:
        """What a MicroSIP in this state would have written, so far as there is a state behind it."""
        with self._lock:
            return [PhoneIni("simulated", Ini(self._ini_text()))] if self._running else []

    def files(self) -> Sequence[PhoneFiles]:
        with self._lock:
            return [PhoneFiles(self._calls.ini, self._calls.ini.parent)] if self._running and self._calls else []

    def dial(self, number: str, name: str = "") -> None:
        """The user calls somebody; not while MicroSIP is closed or not registered, or another call is under way."""
        with self._lock:
            if self._running and self._calls and self._more.registration is Registration.REGISTERED:
                self._calls.dial(number, name)

    def ring(self, number: str, name: str = "") -> bool:
        """Somebody calls. False when it does not ring: MicroSIP is closed or not registered, forwards the call, or
        rejects it because of DND.
        """
        with self._lock:
            if not self._running or not self._calls or self._more.registration is not Registration.REGISTERED:
                return False
            if self._dnd and self._deny_incoming == "button":
                self._calls.reject(number, name, ENGLISH)
                return False
            if self._more.forwarding:
                return False
            self._calls.ring(number, name)
            return True

    def answer(self) -> None:
        with self._lock:
            if self._calls:
                self._calls.answer()

    def hang_up(self) -> None:
        """One of both ends the call; without one nothing happens."""
        with self._lock:
            self.line.hang_up()

    def open(self) -> None:
        with self._lock:
            self._running = True

    def close(self) -> None:
        """End it, and the call under way; what it had not carried out yet is lost."""
        with self._lock:
            self.hang_up()
            self._running = False
            self._frozen = False
            self._late_clicks = 0

    def click_by_hand(self) -> None:
        """The user clicks DND; nothing happens when it is closed, frozen or without the button."""
        with self._lock:
            if self._running and not self._frozen and self._deny_incoming == "button":
                self._dnd = not self._dnd

    def freeze(self) -> None:
        with self._lock:
            self._frozen = True

    def freeze_at_the_next_click(self) -> None:
        """Freeze between a read and the click that follows it: the case that tempts an agent to click twice."""
        with self._lock:
            self._freezes_at_click = True

    def thaw(self) -> None:
        """Answer again, after carrying out what was sent meanwhile."""
        with self._lock:
            self._frozen = False
            self._dnd ^= self._late_clicks % 2 == 1
            self._late_clicks = 0

    def elevate(self, elevated: bool = True) -> None:
        """Run it as administrator: Windows then refuses the agent's messages."""
        with self._lock:
            self._elevated = elevated

    def deny(self, deny_incoming: str) -> None:
        """Change the setting `denyIncoming`; only with `button` there is a DND button."""
        with self._lock:
            self._deny_incoming = deny_incoming

    def register(self, registration: Registration, text: str = "") -> None:
        """The telephone server takes it, or does not; `text` is what MicroSIP then shows."""
        with self._lock:
            self._more = structs.replace(self._more, registration=registration, registration_text=text)

    def leave_desk(self, away: bool = True) -> None:
        """Nobody touches the PC any more, for ten minutes; or somebody is back."""
        with self._lock:
            self._more = structs.replace(self._more, away=away)

    def forward(self, forwarding: bool = True) -> None:
        """The user clicks FWD: calls go to another number at once."""
        with self._lock:
            self._more = structs.replace(self._more, forwarding=forwarding, forwards_after=0 if forwarding else None)

    def read_button(self) -> bool:
        with self._lock:
            self._check_reachable()
            self._check_answering()
            return self._dnd

    def click_button(self) -> None:
        with self._lock:
            self._check_reachable()
            self._frozen |= self._freezes_at_click
            self._freezes_at_click = False
            if self._frozen:
                self._late_clicks += 1
            self._check_answering()
            self._dnd = not self._dnd

    def _phone(self) -> PhoneState:
        with self._lock:
            call = self._calls.now if self._calls else NO_CALL
            return structs.replace(self._more, call=call, deny_incoming=told_deny_incoming(self._deny_incoming))

    def _told(self, command: TelephoneCommand) -> TelephoneResult:
        if command.action is TelephoneAction.START:
            return self._started()
        if not self._running and command.action is TelephoneAction.CLOSE:
            return TelephoneResult(TelephoneOutcome.ALREADY, CLOSED.detail)
        self._check_running()
        self._check_allowed()
        self._check_answering()
        if command.action is TelephoneAction.CLOSE:
            self.close()
            return TelephoneResult(TelephoneOutcome.DONE)
        if command.action is TelephoneAction.DIAL and (refused := refused_to_dial(self.line.seen(self._phone()))):
            return refused
        self.line.carry_out(command)
        return TAKEN

    def _started(self) -> TelephoneResult:
        if self._running:
            return TelephoneResult(TelephoneOutcome.ALREADY)
        self.open()
        return TelephoneResult(TelephoneOutcome.DONE)

    def _ini_text(self) -> str:
        return (
            f"[Settings]\naccountId=1\ndenyIncoming={self._deny_incoming}\nDND={int(self._dnd)}\n"
            f"[Account1]\nlabel=Simulated\ndomain=simulated.invalid\nusername={self.extension}\n"
        )

    def _check_reachable(self) -> None:
        self._check_running()
        if self._deny_incoming != "button":
            shown = shown_deny_incoming(self._deny_incoming)
            raise NoDndButton(f"MicroSIP has no DND button: denyIncoming is {shown}, not 'button'")
        self._check_allowed()

    def _check_running(self) -> None:
        if not self._running:
            raise PhoneGone(CLOSED.detail)

    def _check_allowed(self) -> None:
        if self._elevated:
            raise PhoneDenied("Windows refused: MicroSIP runs as administrator and the agent does not")

    def _check_answering(self) -> None:
        if self._frozen:
            raise PhoneHung("MicroSIP does not answer")

    def _troubled(self, trouble: Trouble, error: Exception) -> PhoneView:
        dnd = False if trouble is Trouble.NO_BUTTON else None
        return PhoneView(True, dnd, self.extension, str(error), trouble, self._phone())


class _Pauses:
    """The time that pauses took: a simulated MicroSIP takes none itself, so there is nothing else to measure."""

    def __init__(self, wait: Callable[[float], object]) -> None:
        self._wait = wait
        self._passed = 0.0

    def monotonic(self) -> float:
        return self._passed

    def wait(self, seconds: float) -> None:
        self._wait(seconds)
        self._passed += seconds


class _Button:
    """The phone's DND button, as the DND rule wants it."""

    def __init__(self, phone: SimulatedPhone) -> None:
        self._phone = phone

    def is_on(self) -> bool:
        return self._phone.read_button()

    def click(self) -> None:
        self._phone.click_button()
