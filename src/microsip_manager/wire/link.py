"""The link: one WebSocket from an agent to its server, JSON texts both ways, each with a `t` that names it.

An agent opens `WS /api/agent` with `SUBPROTOCOL`, says `Report`, and from then on `Beat` when nothing is new. The
server answers both with `Heard`, without which an agent takes the link for dead after one interval. Commands travel as
the requests of the agent's own HTTP API do: an `Ask` holds the method, the path and the body of one, an `Answer` its
status and body. So both ways to an agent know the same commands.
"""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Raw, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.heartbeat import Heartbeat

SUBPROTOCOL = "microsip-manager.v1"

AGENT_TEXT_LIMIT = 1 << 20
"""Bytes of one text from an agent: all settings of several MicroSIPs are the largest."""

SERVER_TEXT_LIMIT = 65536
"""Bytes of one text from a server."""

ASLEEP_PACE = 3
"""While MicroSIP is closed, a link is kept alive by one `Beat` in so many heartbeat intervals."""

Seconds = Annotated[float, Meta(description="seconds by the server's monotonic clock")]
Id = Annotated[str, Meta(min_length=1, max_length=64)]


class CloseCode(enum.IntEnum):
    """Why a link was closed; the first is everybody's, the others are ours."""

    GOING_AWAY = 1001
    """The agent ends, or moves to another server."""
    BAD_TEXT = 4400
    """A text was not one of these, or not in its turn."""
    NOT_SIGNED_IN = 4401
    """The agent's key was revoked, or it has none where one is needed."""
    NOT_YOUR_CLIENT = 4403
    """The agent speaks for a client that is not its own."""
    SILENT = 4408
    """Nothing was heard for too long."""
    REPLACED = 4409
    """Another link of the same client was opened after this one."""
    NOT_NOW = 4503
    """This server takes no more clients."""


class Report(Struct, frozen=True, tag_field="t", tag="report"):
    """The state of the client: first of all, and whenever it changes. `running: false` says that MicroSIP is closed."""

    beat: Heartbeat


class Beat(Struct, frozen=True, tag_field="t", tag="beat"):
    """I am here, and nothing has changed since the last report."""


class Answer(Struct, frozen=True, omit_defaults=True, tag_field="t", tag="answer"):
    """The agent's answer to an `Ask`: an HTTP status and a body, as its own HTTP API gives them."""

    id: Id
    status: Annotated[int, Meta(ge=100, le=599)]
    body: Raw
    beat: Heartbeat | None = None
    """The state after a command, where that changed it: in place of a `Report`, which would cost as much as the answer.
    Unlike that it is not answered. An older agent does not send it."""


class Heard(Struct, frozen=True, tag_field="t", tag="heard"):
    """The server's answer to a `Report` or a `Beat`, with its clock, by which the deadlines of its asks are meant."""

    now: Seconds


NO_BODY = b"null"


class Ask(Struct, frozen=True, tag_field="t", tag="ask"):
    """A request to the agent. Past its deadline the agent does not carry it out but answers 504 `timeout`."""

    id: Id
    method: Annotated[str, Meta(pattern="^(GET|POST)$")]
    path: Annotated[str, Meta(pattern="^/", max_length=512)]
    deadline: Seconds
    body: Raw = Raw(NO_BODY)


def heard_text(now: float) -> bytes:
    """`Heard(now)` to the millisecond as it travels: a server says nothing more often."""
    return b'{"t":"heard","now":%.3f}' % now


FromAgent = Report | Beat | Answer
FromServer = Heard | Ask

# A union is no `type[T]` to mypy, though msgspec decodes it.
decode_from_agent: Decoder[FromAgent] = Decoder(FromAgent)  # type: ignore[arg-type]
decode_from_server: Decoder[FromServer] = Decoder(FromServer)  # type: ignore[arg-type]
