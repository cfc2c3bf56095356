"""The people who use a server: their accounts, and how they sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.identity import FOR_PROGRAMS, GroupNames, Name, Role, check_groups
from microsip_manager.wire.names import check_name

PASSWORD_LEAST = 12
PASSWORD_LIMIT = 256

NewPassword = Annotated[
    str,
    Meta(
        min_length=PASSWORD_LEAST,
        max_length=PASSWORD_LIMIT,
        description="Anything of this length; several words make a good one.",
        examples=["correct horse battery staple"],
    ),
]
ShownPassword = Annotated[str, Meta(min_length=1, max_length=PASSWORD_LIMIT)]
Code = Annotated[str, Meta(max_length=16, description="The six digits that the authenticator shows now.")]


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who will sign in."""

    name: Name
    password: NewPassword
    role: Role
    groups: GroupNames = []

    def __post_init__(self) -> None:
        check_name(self.name, "name")
        check_role(self.role)
        check_groups(self.role, self.groups)


class ChangeUser(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; what is left out stays."""

    role: Role | None = None
    groups: GroupNames | None = None
    disabled: bool | None = None
    password: NewPassword | None = None
    """This, `disabled` and `reset_second_factor` end all sessions of the user."""
    reset_second_factor: bool = False

    def __post_init__(self) -> None:
        if self.role is not None:
            check_role(self.role)


class User(Struct, frozen=True):
    """What is told of a user; never the password."""

    id: str
    name: str
    role: Role
    groups: list[str]
    disabled: bool
    second_factor: bool
    created_at: datetime


class SetUpServer(Struct, frozen=True, forbid_unknown_fields=True):
    """The first administrator of a server."""

    name: Name
    password: NewPassword

    def __post_init__(self) -> None:
        check_name(self.name, "name")


class SetUp(Struct, frozen=True):
    """What the first set-up has made."""

    user: User
    join_token: str | None
    """What agents enrol with; null when there is none."""


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody shows who wants to come in."""

    name: Name
    password: ShownPassword
    code: Code = ""
    """Of the second factor, where the user has one."""

    def __post_init__(self) -> None:
        check_name(self.name, "name")


class SessionInfo(Struct, frozen=True):
    """Who a request comes from, and for how long."""

    kind: str
    """`user`, `token`, or `open` where a server has no accounts."""
    name: str
    role: Role
    groups: list[str]
    """In which an operator may act; none: in all."""
    second_factor: bool
    csrf_token: str | None = None
    """What a browser sends as `X-CSRF-Token` with everything but GET; null for programs."""
    ends_at: datetime | None = None
    """The latest end of the session, whatever happens."""
    idle_ends_at: datetime | None = None
    """Its end if nothing more is asked; each request moves it, within a minute."""


class ChangePassword(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password of one's own."""

    password: ShownPassword
    """The one until now."""
    new_password: NewPassword


class SecondFactor(Struct, frozen=True):
    """What an authenticator needs. It is shown once, and counts as soon as a code of it was sent back."""

    secret: str
    uri: str
    """The same with name and issuer, for a QR code."""


class ConfirmSecondFactor(Struct, frozen=True, forbid_unknown_fields=True):
    code: Code


class RemoveSecondFactor(Struct, frozen=True, forbid_unknown_fields=True):
    password: ShownPassword


def check_role(role: Role) -> None:
    """Raise `ValueError` for a role that only programs have."""
    if role in FOR_PROGRAMS:
        raise ValueError("Expected `viewer`, `operator` or `admin` for a person - at `$.role`")


decode_new_user = Decoder(NewUser)
decode_change_user = Decoder(ChangeUser)
decode_set_up = Decoder(SetUpServer)
decode_sign_in = Decoder(SignIn)
decode_change_password = Decoder(ChangePassword)
decode_confirm_second_factor = Decoder(ConfirmSecondFactor)
decode_remove_second_factor = Decoder(RemoveSecondFactor)
