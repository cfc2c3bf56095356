"""The one place that decides how a request reaches an agent: its link, else its port, else a named reason why not."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from itertools import count

from msgspec import Struct, structs

from microsip_manager.clock import Clock
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.issuer import issuer
from microsip_manager.server.ways import Reply, Request, Way
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import BadMessage, Decoder
from microsip_manager.wire.command_log import INTERRUPTED, CommandRecord
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.problems import ProblemCode


class _Told(Struct):
    outcome: str | None = None
    code: str | None = None


_decode_told = Decoder(_Told)


class Gateway:
    """Commands are recorded, and questions are not.

    `ways` stand in order of preference, and the last one is tried whatever it knows of itself. `record` is called
    when a command begins, when it ends, and when its answer comes too late.
    """

    def __init__(
        self, ways: Sequence[Way], record: Callable[[CommandRecord], None], clock: Clock, seconds: float
    ) -> None:
        self._ways = ways
        self._record = record
        self._clock = clock
        self._seconds = seconds
        self._length = timedelta(seconds=seconds)
        # Chance once, then numbers: asking the system for chance costs as much as sending the command.
        self._run = uuid.uuid4().hex[:20]
        self._numbers = count()

    async def question(self, client: ClientState, path: str, limit: int = COMMAND_LIMIT) -> Reply:
        """What the agent answers to a GET; raises `AgentSilent`."""
        request = Request(self._next_id(), "GET", path, b"", self._seconds, limit)
        return await self._way_to(client).ask(client, request, lambda _: None)

    async def command(
        self, client: ClientState, name: str, path: str, body: bytes, limit: int = COMMAND_LIMIT
    ) -> Reply:
        """What the agent answers to a POST; raises `AgentSilent`. `name` says in the log what it was."""
        now, way = self._clock.now(), self._way_to(client)
        request = Request(self._next_id(), "POST", path, body, self._seconds, limit)
        record = CommandRecord(request.id, client.hostname, name, issuer(), way.name, now, now + self._length)
        self._record(record)
        try:
            reply = await way.ask(client, request, lambda late: self._came_late(record, late))
        except AgentSilent as silence:
            record = self._end(record, ProblemCode.UNREACHABLE if silence.in_time else ProblemCode.TIMEOUT)
            raise
        except asyncio.CancelledError:
            record = self._end(record, INTERRUPTED)
            raise
        except BaseException:
            record = self._end(record, ProblemCode.INTERNAL)
            raise
        record = self._end(record, _outcome(reply))
        return reply

    def _next_id(self) -> str:
        return f"{self._run}{next(self._numbers):012x}"

    def _way_to(self, client: ClientState) -> Way:
        for way in self._ways:
            if way.reaches(client):
                return way
        return self._ways[-1]

    def _end(self, record: CommandRecord, outcome: str | ProblemCode) -> CommandRecord:
        told = outcome.value if isinstance(outcome, ProblemCode) else outcome
        ended = structs.replace(record, outcome=told, ended_at=self._clock.now())
        self._record(ended)
        return ended

    def _came_late(self, record: CommandRecord, reply: Reply) -> None:
        self._record(structs.replace(record, late=_outcome(reply)))


def _outcome(reply: Reply) -> str:
    """What an answer tells of the command, in one word."""
    try:
        told = _decode_told(reply.body)
    except BadMessage:
        told = _Told()
    return told.outcome or told.code or ("ok" if reply.status == HTTPStatus.OK else str(reply.status))
