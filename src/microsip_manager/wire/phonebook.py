"""The shared directory as MicroSIP reads it from the address in its setting `usersDirectory`.

MicroSIP takes texts and integers only: a boolean, or a number where it wants a text, is passed over in silence.
"""

from __future__ import annotations

import enum

from msgspec import UNSET, Struct, UnsetType


class Seen(enum.Enum):
    """The states MicroSIP has signs for."""

    OFFLINE = "offline"
    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    RING = "ring"
    """Its sign blinks."""
    PHONE = "phone"


class Contact(Struct, frozen=True):
    name: str
    number: str
    presence: int = 0
    """1 would have MicroSIP ask the telephone system for the state; it comes from here instead."""


class ContactState(Struct, frozen=True):
    number: str
    """Exactly as the contact has it."""
    status: Seen
    info: str
    """For the third column, in words."""


class Directory(Struct, frozen=True):
    """The answer to MicroSIP."""

    refresh: int
    """Seconds until MicroSIP asks again."""
    silent: int
    """1: no balloons when it is loaded."""
    presence: list[ContactState]
    items: list[Contact] | UnsetType = UNSET
    """All contacts, in place of those before; missing while they have not changed."""
