"""One PC with its user, one server that can be killed, and time: what tests of wishes are played with."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import Desired, EndedWish, Order
from microsip_manager.wire.heartbeat import Heartbeat
from tests.fakes.agent_link import FakeAgents
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.wish_store import MemoryWishStore

NAME = "NIKITA"
Found = TypeVar("Found")
PATIENCE = 21.0
BEAT_EVERY = 7.0
SAVED_AFTER = 5.0
"""Seconds after which MicroSIP has saved a change of DND: a kill before loses it."""


@dataclass(frozen=True)
class Sent:
    """A command that reached MicroSIP, or would have."""

    enabled: bool
    at: datetime
    ticks: float
    found: bool
    """DND before it."""


class WishedPc(FakeAgents):
    """NIKITA's PC, as an `AgentLink`, and the hands of everybody who does something to it or to the server."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.clients, self.stored = MemoryStore(), MemoryWishStore()
        self.is_on = self.is_open = True
        self.button = self._saved = False
        self._changed_at = -1e9
        self._beaten_at = -1e9
        self.answers_lost = 0
        self.sent: list[Sent] = []
        self._runner = asyncio.Runner()
        self.server_runs = False
        self.boot()
        self.recorder.write()

    # The server

    def boot(self) -> None:
        self.recorder, bus = Recorder(self.clients), LocalBus()
        self.fleet = Fleet(self.recorder, self, self.clock, bus, patience=PATIENCE)
        self.fleet.restore(self.clients.load())
        self.service = Wishes(self.fleet, self.stored, self.clock, bus)
        self.service.restore(self.stored.current())
        self.server_runs = True
        self.tell()

    def crash(self) -> None:
        """What was not written yet is lost."""
        self.server_runs = False
        self.service.close()

    def close(self) -> None:
        self.service.close()
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, Found]) -> Found:
        """What comes of it on the event loop of this server."""
        return self._runner.run(work)

    # The administrator

    def wish(self, order: Order) -> DndAnswer:
        return self.run(self.service.set_dnd(NAME, order))

    def cancel(self) -> None:
        self.run(self.service.cancel(NAME))

    @property
    def desired(self) -> Desired | None:
        return self.fleet.client(NAME).desired

    @property
    def ended(self) -> list[EndedWish]:
        return self.run(self.service.of(NAME)).ended

    # The user and the PC

    def click(self) -> None:
        self._turn(not self.button)
        self.tell()

    def close_microsip(self) -> None:
        self._saved, self.is_open = self.button, False
        self.tell()

    def kill_microsip(self) -> None:
        """A change of DND that is not saved yet is lost."""
        self._save_if_due()
        self.is_open = False
        self.tell()

    def open_microsip(self) -> None:
        self.button, self.is_open = self._saved, True
        self.tell()

    def power_off(self) -> None:
        """Without a farewell: the server notices by the silence."""
        self._save_if_due()
        self.is_on = self.is_open = False

    def power_on(self) -> None:
        self.is_on = True
        self.open_microsip()

    def tell(self) -> None:
        """What the agent tells at once when something has changed."""
        if self.server_runs and self.is_on:
            beat = Heartbeat(NAME, "485", int(self.button), running=self.is_open)
            if self.is_open or any(client.hostname == NAME for client in self.fleet.clients()):
                self.fleet.record(beat, "192.0.2.17")
            self._beaten_at = self.clock.monotonic()

    # Time

    def later(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, with all that happens meanwhile on the PC and the server."""
        while seconds > 0:
            self.clock.forward(min(step, seconds))
            seconds -= step
            if self.is_open and self.clock.monotonic() - self._beaten_at >= BEAT_EVERY:
                self.tell()
            if self.server_runs:
                while self.fleet.let_time_pass():
                    pass
                self.run(self.service.attend())
                self.recorder.write()

    # The agent

    async def status(self, client: ClientState) -> AgentStatus:
        raise AgentSilent("nobody asks")

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        await asyncio.sleep(0)
        if not self.is_on:
            return DndAnswer(NAME, DndOutcome.UNREACHABLE, None, "the PC is off")
        if not self.is_open:
            return DndAnswer(NAME, DndOutcome.NOT_RUNNING, None, "MicroSIP is closed")
        self.sent.append(Sent(enabled, self.clock.now(), self.clock.monotonic(), self.button))
        outcome = DndOutcome.ALREADY if self.button is enabled else DndOutcome.APPLIED
        self._turn(enabled)
        if self.answers_lost:
            self.answers_lost -= 1
            self.tell()
            return DndAnswer(NAME, DndOutcome.TIMEOUT, None, "no answer in time")
        return DndAnswer(NAME, outcome, enabled)

    def _save_if_due(self) -> None:
        """What MicroSIP has done by now; another change begins its pause anew."""
        if self.clock.monotonic() - self._changed_at >= SAVED_AFTER:
            self._saved = self.button

    def _turn(self, enabled: bool) -> None:
        if self.button is not enabled:
            self._save_if_due()
            self.button = enabled
            self._changed_at = self.clock.monotonic()


def order(
    enabled: bool = True,
    *,
    lasts: float | None = None,
    until: datetime | None = None,
    queue_for: float | None = None,
    enforce: bool = False,
    reason: str = "",
) -> Order:
    return Order(
        enabled,
        lasts=timedelta(seconds=lasts) if lasts is not None else None,
        until=until,
        queue_for=timedelta(seconds=queue_for) if queue_for is not None else None,
        enforce=enforce,
        reason=reason,
    )
