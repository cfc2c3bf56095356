"""The words for a softphone's state, as the first description has them."""

from __future__ import annotations

import enum


class PhoneStatus(enum.Enum):
    """What an administrator sees of a client."""

    OFFLINE = "offline"
    """MicroSIP is not running, or the PC has not been heard of for three heartbeats."""
    ONLINE = "online"
    """MicroSIP is running and takes calls."""
    DND = "dnd"
    """MicroSIP is running and Do Not Disturb is on."""


class HeartbeatCode(enum.IntEnum):
    """`status` of a heartbeat."""

    AVAILABLE = 0
    DND = 1


def status_of(running: bool, dnd: bool) -> PhoneStatus:
    if not running:
        return PhoneStatus.OFFLINE
    return PhoneStatus.DND if dnd else PhoneStatus.ONLINE
