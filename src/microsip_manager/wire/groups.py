"""Groups of clients, and labels on them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import HOSTNAME_LIMIT, Hostname, check_hostname, check_name, check_printable

MEMBERS_LIMIT = 10_000
GROUP_LIMIT = 1024 * 1024
"""Bytes of a message with members."""

CHANGES_LIMIT = 50
"""Labels that change at once."""

LABEL_LIMIT, VALUE_LIMIT = 64, 255

GroupName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=HOSTNAME_LIMIT,
        description="Written like a hostname; upper and lower case mean the same group.",
        examples=["Sales"],
    ),
]
LabelName = Annotated[
    str, Meta(min_length=1, max_length=LABEL_LIMIT, description="Written like a hostname, and without `=`.")
]
LabelValue = Annotated[str, Meta(max_length=VALUE_LIMIT, description="May be empty; no control characters.")]
Members = Annotated[list[Hostname], Meta(max_length=MEMBERS_LIMIT)]


class GroupSize(Struct, frozen=True, omit_defaults=True):
    """One row of `GET /api/groups`."""

    name: GroupName
    size: int
    """Members, also those the server has not heard of yet."""
    members: Members | None = None
    """By name; missing unless they were asked for."""


class Group(Struct, frozen=True):
    """A group and who is in it, by name. A member need not have been heard of yet."""

    name: GroupName
    members: Members


class SetGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """Who shall be in a group from now on, and nobody else."""

    members: Members

    def __post_init__(self) -> None:
        check_hostnames(self.members, "members")


class ChangeMembers(Struct, frozen=True, forbid_unknown_fields=True):
    """Who comes into a group and who leaves it. Repeating it does no harm."""

    add: Members = field(default_factory=list)
    remove: Members = field(default_factory=list)

    def __post_init__(self) -> None:
        check_hostnames(self.add, "add")
        check_hostnames(self.remove, "remove")


class Labels(Struct, frozen=True):
    """The labels of one client."""

    hostname: Hostname
    labels: dict[LabelName, LabelValue]


class ChangeLabels(Struct, frozen=True, forbid_unknown_fields=True):
    """Labels to set, and with null those to take away; the others stay."""

    labels: Annotated[dict[LabelName, LabelValue | None], Meta(max_length=CHANGES_LIMIT)]

    def __post_init__(self) -> None:
        for name, value in self.labels.items():
            check_label(name)
            check_printable(value or "", "labels")


def check_label(name: str) -> None:
    """Raise `ValueError` unless this can be the name of a label."""
    check_name(name, "labels", "label")
    if len(name) > LABEL_LIMIT or "=" in name:
        raise ValueError(f"Expected a label of at most {LABEL_LIMIT} characters without `=` - at `$.labels`")


def check_hostnames(hostnames: list[str], field: str) -> None:
    """Raise `ValueError`, with a text that names the field, unless all of them are legal."""
    for hostname in hostnames:
        try:
            check_hostname(hostname)
        except ValueError as error:
            raise ValueError(str(error).replace("$.hostname", f"$.{field}[...]")) from None


decode_set_group = Decoder(SetGroup)
decode_change_members = Decoder(ChangeMembers)
decode_change_labels = Decoder(ChangeLabels)
