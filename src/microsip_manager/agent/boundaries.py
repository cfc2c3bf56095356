"""What the agent needs from the PC: the MicroSIP beside it and the user's screen. Real on Windows, or simulated."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from microsip_manager.agent.microsip_ini import Ini
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.messages import DisplayMessage, MessageState
from microsip_manager.wire.phone_state import PhoneState
from microsip_manager.wire.telephone import TelephoneCommand, TelephoneOutcome


class Trouble(enum.Enum):
    """Why the DND button of a running MicroSIP could not be read."""

    HUNG = "hung"
    """It does not answer at the moment; its last known state is the best guess."""
    DENIED = "denied"
    """Windows does not let the agent ask: MicroSIP runs elevated."""
    NO_BUTTON = "no button"
    """It has no DND button, so DND is off."""


@dataclass(frozen=True)
class PhoneView:
    """What one look at MicroSIP showed."""

    running: bool
    dnd: bool | None = None
    """The DND button; None when it could not be read."""
    extension: str = ""
    """User name of the active account; empty when there is none or it is not known."""
    detail: str = ""
    """What an administrator should know, such as why something could not be read."""
    trouble: Trouble | None = None
    phone: PhoneState | None = None
    """What else its windows and its ini tell, as far as they do; None while it is closed."""


CLOSED = PhoneView(running=False, detail="MicroSIP is not running")


@dataclass(frozen=True)
class DndResult:
    """What became of a wish to switch DND."""

    outcome: DndOutcome
    dnd: bool | None
    """The button as last read; None when it could not be read."""
    detail: str = ""


@dataclass(frozen=True)
class TelephoneResult:
    """What became of a telephone command."""

    outcome: TelephoneOutcome
    detail: str = ""


@dataclass(frozen=True)
class PhoneIni:
    """The ini of one running MicroSIP, secrets included: for `setting_answers` only, never for a log."""

    path: str
    ini: Ini = field(repr=False)


@dataclass(frozen=True)
class PhoneFiles:
    """Where a MicroSIP keeps what the agent reads."""

    ini: Path
    folder: Path
    """The folder of its program, where its language file lies."""


class Softphone(Protocol):
    """The MicroSIP on this machine, as far as the rest of the agent knows. Its verbs may be called by any thread."""

    def look(self) -> PhoneView:
        """Look now: in about two seconds at most, and at next to no cost while MicroSIP is closed.

        No state of MicroSIP makes it raise; it is told in the answer.
        """
        ...

    def set_dnd(self, enabled: bool) -> DndResult:
        """Switch DND on or off unless it is so already, and say truthfully what became of it. Raises as little."""
        ...

    def telephone(self, command: TelephoneCommand) -> TelephoneResult:
        """Have MicroSIP do it, once at most, unless it would do something else; in about eight seconds. Raises nothing.

        Where several run, the one whose extension `look` tells is meant.
        """
        ...

    def inis(self) -> list[PhoneIni]:
        """What stands now in the ini of each running MicroSIP; none while it is closed. Raises `DamagedIni`."""
        ...

    def files(self) -> Sequence[PhoneFiles]:
        """The files of each MicroSIP that runs now, as far as Windows tells where they lie. Raises as little."""
        ...


@dataclass(frozen=True)
class Ending:
    """How a message's window ended."""

    state: MessageState
    button: str | None = None
    """The label pressed, when the state is `ANSWERED`."""
    detail: str = ""


class MessageScreen(Protocol):
    """The desktop of the user, for one message at a time."""

    def show(self, message: DisplayMessage, visible: Callable[[], None]) -> Ending:
        """Show a window without taking the keyboard focus, call `visible` once it is there, and wait for its end.

        Always called by one and the same thread, which it may keep as long as it likes. Raises `NoScreen`.
        """
        ...

    def dismiss(self) -> None:
        """End what is shown, and whatever may come after it, as `CLOSED`; called by any thread, when the agent ends."""
        ...
