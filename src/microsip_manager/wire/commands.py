"""Commands to a client and what they answer."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.desired import Desired
from microsip_manager.wire.names import Hostname, check_hostname

COMMAND_LIMIT = 16384
"""Bytes of a command or of an agent's answer; more is refused."""

COMMAND_SECONDS = "Command-Seconds"
"""The header that says how long the sender of a command waits: after that the agent does not carry it out."""

Detail = Annotated[str, Meta(max_length=500, description="What happened, in words; empty when all went well.")]


class DndOutcome(enum.Enum):
    """What became of a wish to switch Do Not Disturb."""

    APPLIED = "applied"
    """The button was clicked and read back in the wanted state."""
    ALREADY = "already"
    """The button was in the wanted state; nothing was clicked."""
    UNSUPPORTED = "unsupported"
    """This MicroSIP has no DND button; the detail says why."""
    NOT_RUNNING = "not_running"
    """MicroSIP is closed on that PC."""
    HUNG = "hung"
    """MicroSIP does not answer window messages. A click that was under way may still happen."""
    DENIED = "denied"
    """Windows refused: MicroSIP runs elevated and the agent does not."""
    UNREACHABLE = "unreachable"
    """The PC or its agent could not be reached."""
    TIMEOUT = "timeout"
    """The agent or the button did not follow in time; the state is not known to have changed."""
    QUEUED = "queued"
    """The PC is off; the server sets it when the PC returns. No agent answers so."""

    @property
    def is_success(self) -> bool:
        return self in (DndOutcome.APPLIED, DndOutcome.ALREADY)

    @property
    def is_accepted(self) -> bool:
        """True when DND is as wished, or will be without another command."""
        return self.is_success or self is DndOutcome.QUEUED


class SetDnd(Struct, frozen=True, omit_defaults=True):
    """Switch Do Not Disturb on or off."""

    enabled: bool
    hostname: Hostname | None = None
    """Whom the command is for. An agent with another name refuses it: addresses change hands."""

    def __post_init__(self) -> None:
        if self.hostname is not None:
            check_hostname(self.hostname)


class DndAnswer(Struct, frozen=True):
    """The answer to `SetDnd`, from the agent and from the server."""

    hostname: Hostname
    outcome: DndOutcome
    dnd: bool | None
    """The button as last read; null when it could not be read."""
    detail: Detail = ""
    wish: Desired | UnsetType = UNSET
    """The wish that stays with the server, if one does."""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)


decode_set_dnd = Decoder(SetDnd)
decode_dnd_answer = Decoder(DndAnswer)
