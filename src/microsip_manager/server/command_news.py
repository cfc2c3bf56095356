"""Writes commands down, and tells of those that have ended."""

from __future__ import annotations

from collections.abc import Callable

from microsip_manager.server.boundaries import EventBus
from microsip_manager.wire.command_log import PENDING, CommandRecord
from microsip_manager.wire.events import CommandEnded


class CommandNews:
    """What the gateway calls with each command that begins or ends. For the thread of the event loop only."""

    def __init__(self, record: Callable[[CommandRecord], None], bus: EventBus) -> None:
        self._record = record
        self._bus = bus

    def __call__(self, record: CommandRecord) -> None:
        self._record(record)
        if record.outcome != PENDING:
            self._bus.publish(CommandEnded(record))
