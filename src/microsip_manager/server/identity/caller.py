"""Who speaks with the server at this moment."""

from __future__ import annotations

import enum
from contextvars import ContextVar
from dataclasses import dataclass, replace

from microsip_manager.wire.identity import Role
from microsip_manager.wire.names import hostname_key


class CallerKind(enum.Enum):
    NOBODY = "nobody"
    """Shows no credentials."""
    OPEN = "open"
    """Anybody whom a server without accounts serves."""
    USER = "user"
    TOKEN = "token"  # noqa: S105 - a kind of caller, not a secret
    AGENT = "agent"
    SERVER = "server"
    """The server itself: schedules, wishes that end."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request comes from, known by what it showed."""

    kind: CallerKind
    id: str = ""
    """Of the user, the token or the agent; it stays when they are renamed."""
    name: str = ""
    """What people call it; of an agent, the name of its client."""
    role: Role | None = None
    groups: frozenset[str] = frozenset()
    """Keys of the groups in which an operator may act; none: all."""

    @property
    def issuer(self) -> str:
        """As commands and the audit log name it: `user anna`, `token nightly`, `agent NIKITA`."""
        return f"{self.kind.value} {self.name}" if self.name else self.kind.value

    def named(self, name: str) -> Caller:
        return replace(self, name=name)

    def speaks_for(self, hostname: str) -> bool:
        """Whether heartbeats, calls and results of this client are taken from it."""
        if self.kind is CallerKind.OPEN:
            return True
        return self.kind is CallerKind.AGENT and hostname_key(self.name) == hostname_key(hostname)


NOBODY = Caller(CallerKind.NOBODY)
OPEN = Caller(CallerKind.OPEN, role=Role.ADMIN)
SERVER = Caller(CallerKind.SERVER, role=Role.ADMIN)

CALLER: ContextVar[Caller] = ContextVar("caller", default=SERVER)
"""Set by the guard for each request and each link. Tasks inherit it from who starts them."""

ADDRESS: ContextVar[str] = ContextVar("address", default="")
"""Where the request comes from; empty for what the server does by itself."""
