"""What is kept of people and their sessions, and the boundary to where it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from microsip_manager.server.errors import LastAdmin
from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.wire.identity import Role
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.people import User


@dataclass(frozen=True, slots=True)
class KeptUser:
    """A user with what nobody is told."""

    id: str
    name: str
    role: Role
    groups: list[str]
    disabled: bool
    created_at: datetime
    password: str
    """Its Argon2id hash."""
    totp_secret: str | None = None
    """Plain: the server must be able to read it, so a key for it would lie beside the database, where whoever takes
    the one takes the other. It is a second factor; without the password it opens nothing."""
    totp_confirmed: bool = False
    totp_step: int = 0
    """The last step of time of which a code was taken."""

    @property
    def key(self) -> str:
        """Upper and lower case in a name are the same."""
        return name_key(self.name)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_secret is not None and self.totp_confirmed

    @property
    def is_working_admin(self) -> bool:
        return self.role is Role.ADMIN and not self.disabled

    @property
    def caller(self) -> Caller:
        groups = frozenset(hostname_key(group) for group in self.groups)
        return Caller(CallerKind.USER, self.id, self.name, self.role, groups)

    @property
    def told(self) -> User:
        return User(self.id, self.name, self.role, self.groups, self.disabled, self.has_second_factor, self.created_at)


@dataclass(frozen=True, slots=True)
class KeptSession:
    digest: bytes
    user_id: str
    begun_at: datetime
    used_at: datetime


Change = Callable[[KeptUser], KeptUser]


class UserStore(Protocol):
    """All raise `StoreFailed` and block. `key` is that of a name."""

    def users(self) -> list[KeptUser]:
        """All of them, by key."""
        ...

    def user(self, key: str) -> KeptUser | None: ...

    def any(self) -> bool:
        """Whether there is anybody at all."""
        ...

    def add(self, user: KeptUser, *, first: bool = False) -> bool:
        """False when the name is taken, and of a first one when there is any other, also one added this moment."""
        ...

    def change(self, key: str, change: Change) -> KeptUser | None:
        """The user after the change, which is made of what stands there and is written at once, or None.

        Raises `LastAdmin` when no administrator would be left who can sign in; then nothing is changed.
        """
        ...

    def remove(self, key: str) -> KeptUser | None:
        """The user as it was, or None; raises `LastAdmin`."""
        ...

    def take_step(self, id: str, step: int) -> bool:
        """Note that a code of this step was used; False when one of it, or of a later one, was used before."""
        ...


class SessionStore(Protocol):
    """All raise `StoreFailed` and block."""

    def sessions(self) -> list[KeptSession]: ...

    def of_user(self, user_id: str) -> list[KeptSession]:
        """The oldest first."""
        ...

    def add(self, session: KeptSession) -> None: ...

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        """Note when each was used last; those that are gone stay gone, and no use goes back in time."""
        ...

    def remove(self, digests: Iterable[bytes]) -> None: ...


def check_admins(before: Mapping[str, KeptUser], after: Mapping[str, KeptUser]) -> None:
    """Raise `LastAdmin` when this change would leave no administrator who can sign in."""
    if any(user.is_working_admin for user in before.values()) and not any(
        user.is_working_admin for user in after.values()
    ):
        raise LastAdmin


def name_key(name: str) -> str:
    """The form in which two spellings of one person's name are equal, as for the names of PCs."""
    return hostname_key(name)
