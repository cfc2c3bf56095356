"""What a wallboard shows: who can take a call. No number, no extension and no address is in it."""

from __future__ import annotations

import enum

from msgspec import Struct

from microsip_manager.wire.groups import GroupName
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Hostname


class WallState(enum.Enum):
    FREE = "free"
    CALL = "call"
    """In a call, or it rings."""
    DND = "dnd"
    TROUBLE = "trouble"
    """MicroSIP runs, and a call would not ring there."""
    OFFLINE = "offline"


class WallClient(Struct, frozen=True):
    """One client on a wallboard."""

    hostname: Hostname
    groups: list[GroupName]
    state: WallState
    since: Moment


class WallSnapshot(Struct, frozen=True, tag_field="event", tag="snapshot"):
    """All clients, in place of all that was told before."""

    clients: list[WallClient]


class WallChanges(Struct, frozen=True, tag_field="event", tag="changes"):
    """Those that have changed, and those that are new."""

    clients: list[WallClient]
