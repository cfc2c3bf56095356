"""What enrolment needs of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.credentials import Credential
from microsip_manager.wire.enrolment import Agent, JoinTokenState, PendingAgent


@dataclass(frozen=True)
class KeptJoinToken:
    about: JoinTokenState
    digest: bytes


@dataclass(frozen=True)
class KeptAgent:
    about: Agent
    digest: bytes
    next_digest: bytes | None = None
    """Of the key that will take the place of the other as soon as it is used."""


@dataclass(frozen=True)
class Newcomer:
    """An agent that is not known yet."""

    digest: bytes
    hostname: str
    session_user: str
    address: str


@dataclass(frozen=True)
class Waiting:
    """An agent that has asked to be let in."""

    about: PendingAgent
    digest: bytes
    refused: bool = False


class JoinTokenStore(Protocol):
    """All raise `StoreFailed` and block."""

    def join_tokens(self) -> list[KeptJoinToken]:
        """All of them, the oldest first."""
        ...

    def add(self, token: KeptJoinToken) -> None: ...

    def remove(self, id: str) -> KeptJoinToken | None:
        """The token as it was; None when there is none of this id."""
        ...


class AgentStore(Protocol):
    """All raise `StoreFailed` and block. Several servers may use one database at the same time."""

    def agents(self) -> list[KeptAgent]:
        """All of them by name."""
        ...

    def known(self, digest: bytes) -> KeptAgent | Waiting | None:
        """Whose key this is, or will be."""
        ...

    def enrol(self, newcomer: Newcomer, join_digest: bytes, now: datetime) -> KeptAgent | None:
        """Let an agent in by a join token, and take one of its uses, both or neither; None when it lets nobody in.

        An agent whose key is known already is told once more who it is, and no use is taken.
        """
        ...

    def remove(self, id: str) -> KeptAgent | None:
        """The agent as it was; None when there is none of this id."""
        ...

    def offer_key(self, id: str, digest: bytes) -> KeptAgent | None:
        """Keep the next key of an agent beside its present one; None when there is no such agent."""
        ...

    def settle_key(self, digest: bytes, now: datetime) -> KeptAgent | None:
        """The next key was used: it is the only one from now on. The agent as it is then; None when it is nobody's."""
        ...

    def ask(self, waiting: Waiting, now: datetime, most: int, most_of_address: int) -> bool:
        """Put an agent on the list of those that wait; False when there is no place for it. Expired ones leave."""
        ...

    def pending(self, now: datetime) -> list[PendingAgent]:
        """Those that wait and were not refused, the oldest first."""
        ...

    def approve(self, id: str, by: str, now: datetime) -> KeptAgent | None:
        """Let one of them in; None when it does not wait, or no longer."""
        ...

    def refuse(self, id: str, until: datetime) -> PendingAgent | None:
        """Refuse one of them until that moment; None when it does not wait, or no longer."""
        ...


def known_agents(store: AgentStore) -> Mapping[bytes, Credential]:
    """The source of `Credentials` for agents."""
    return {key: one for kept in store.agents() for key, one in credentials_of(kept).items()}


def credentials_of(kept: KeptAgent) -> dict[bytes, Credential]:
    credential = Credential(Caller(CallerKind.AGENT, kept.about.id, kept.about.name))
    return {digest: credential for digest in (kept.digest, kept.next_digest) if digest is not None}
