"""How a request travels to an agent, whichever way it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from microsip_manager.wire.clients import ClientState


class Reply(Struct, frozen=True):
    """What an agent answered: an HTTP status and a body, also where no HTTP was spoken."""

    status: int
    body: bytes


class Request(Struct, frozen=True):
    """A question or a command to one agent, as the agent's own HTTP API takes it."""

    id: str
    method: str
    path: str
    body: bytes
    seconds: float
    """How long from now the answer is waited for."""
    limit: int
    """Bytes that an answer to this can have at most."""


class Way(Protocol):
    """One way to the agents."""

    name: str

    def reaches(self, client: ClientState) -> bool:
        """Whether this way is open, as far as one can know without trying."""
        ...

    async def ask(self, client: ClientState, request: Request, late: Callable[[Reply], None]) -> Reply:
        """The agent's answer; raises `AgentSilent`, in time or not. `late` is called if one comes after that."""
        ...
