"""Who may use a server: roles, and the tokens that programs show."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import check_name, check_printable

NAME_LIMIT = 100
MOST_GROUPS = 100

API_TOKEN_PREFIX = "mmt_"  # noqa: S105 - how tokens begin, so that scanners of secrets know them
"""What the tokens of programs begin with."""


class Role(enum.Enum):
    """What somebody may do; a `viewer` sees, an `operator` also acts on phones, an `admin` also changes the server."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    METRICS = "metrics"
    """Reads `/metrics` and nothing else."""
    WALL = "wall"
    """Reads `/api/wall` and nothing else: a screen that everybody sees."""


FOR_PROGRAMS = frozenset((Role.METRICS, Role.WALL))
"""The roles that no person has."""


Name = Annotated[str, Meta(min_length=1, max_length=NAME_LIMIT)]
GroupNames = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=255)]],
    Meta(
        max_length=MOST_GROUPS,
        description="Groups in which an operator may act; none: in all. Elsewhere an operator is a viewer.",
    ),
]


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token that a program will show."""

    name: Annotated[Name, Meta(description="What it is for", examples=["nightly report"])]
    role: Role
    groups: GroupNames = []
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    """None: never."""

    def __post_init__(self) -> None:
        check_name(self.name, "name")
        check_groups(self.role, self.groups)


class Token(Struct, frozen=True):
    """What is told of a token; itself it is shown once, when it is made."""

    id: str
    name: str
    role: Role
    groups: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class CreatedToken(Struct, frozen=True):
    token: str
    """The secret. It is not kept and cannot be shown again."""
    about: Token


def check_groups(role: Role, groups: list[str]) -> None:
    """Raise `ValueError` when these groups make no sense for the role."""
    for group in groups:
        check_printable(group, "groups")
    if groups and role is not Role.OPERATOR:
        raise ValueError("Expected groups for an operator only - at `$.groups`")


decode_new_token = Decoder(NewToken)
