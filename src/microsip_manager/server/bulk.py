"""One command to many clients at once. Everything here runs on the event loop."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server.audience import Chosen, choose, would_stay
from microsip_manager.server.errors import ManagerError, TooFewAvailable, UnknownClient
from microsip_manager.server.fleet import Fleet, Turn
from microsip_manager.server.groups import Groups
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.own_groups import OwnGroups, check_named
from microsip_manager.server.slots import Slot, Slots
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.bulk import Audience, ClientResult, ShowMany, SwitchMany
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.desired import Order, order_of
from microsip_manager.wire.messages import DisplayMessage, MessageOutcome
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.problems import ProblemCode

log = logging.getLogger(__name__)

AT_ONCE, SLOT_SECONDS = 100, 0.2
"""Commands that begin at the same moment, and after how long one that has not been answered makes room.

At most 500 a second begin, so no more than 5,000 are under way while every one takes the usual 10 s to fail.
"""

PLANNED, NOT_SENT = "planned", "not-sent"

Act = Callable[[str, Turn], Awaitable[ClientResult]]


class Withdrawn(Exception):
    """Nobody waits for this command any more, and it has not begun."""


class Batch:
    """One command to many, under way."""

    def __init__(self, addressed: Sequence[str], dry_run: bool = False) -> None:
        self.addressed = addressed
        self.dry_run = dry_run
        self.withdrawn = False
        self.tasks: list[asyncio.Task[None]] = []
        """Kept here, for the event loop itself forgets those that wait."""
        self._left = len(addressed)
        self._come: list[ClientResult] = []
        self._news: asyncio.Future[None] | None = None

    @property
    def is_over(self) -> bool:
        return not self._left

    def came(self, result: ClientResult) -> None:
        self._left -= 1
        self._come.append(result)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def withdraw(self) -> None:
        """Begin no more; what is under way ends."""
        self.withdrawn = True

    async def results(self) -> AsyncGenerator[ClientResult]:
        """One for each that is addressed, as they come."""
        left = len(self.addressed)
        while left:
            if not self._come:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
            come, self._come = self._come, []
            left -= len(come)
            for result in come:
                yield result


class _Turn:
    """The `Turn` of one command of a batch: it holds a slot, unless it is withdrawn."""

    __slots__ = ("_batch", "_slot", "_slots")

    def __init__(self, slots: Slots, batch: Batch) -> None:
        self._slots = slots
        self._batch = batch
        self._slot: Slot

    async def __aenter__(self) -> None:
        self._slot = await self._slots.take()
        if self._batch.withdrawn:
            self._slot.give_back()
            raise Withdrawn

    async def __aexit__(self, *_: object) -> None:
        self._slot.give_back()


class Bulk:
    """Sends to many; commands of one client keep the order in which they were given, also among several batches."""

    def __init__(
        self,
        fleet: Fleet,
        wishes: Wishes,
        groups: Groups,
        clock: Clock,
        *,
        at_once: int = AT_ONCE,
        slot_seconds: float = SLOT_SECONDS,
    ) -> None:
        self._fleet = fleet
        self._wishes = wishes
        self._clock = clock
        self._groups = groups
        self._own = OwnGroups(groups)
        self._slots = Slots(at_once, slot_seconds)
        self._batches: set[Batch] = set()
        self._leaving: Counter[str] = Counter()
        """Keys of the clients that a batch is about to make unavailable."""

    async def switch(self, wish: SwitchMany) -> Batch:
        """Switch DND of many.

        Raises `UnknownGroup`, `NotReady`, `BadRequest`, `BadMessage`, `NotAllowed` and `TooFewAvailable`.
        """
        order = order_of(wish, self._clock.now())
        chosen, pool = await self._choose(wish)
        # From here on nothing waits: who was counted is who is sent to.
        if wish.enabled and wish.minimum_available:
            self._check_minimum(chosen, pool, wish)
        if wish.dry_run:
            return _planned(chosen)
        return self.order([client.hostname for client in chosen.known], order, chosen.unheard_of)

    async def show(self, wish: ShowMany) -> Batch:
        """Show a message to many; raises `UnknownGroup`, `NotReady`, `BadRequest` and `NotAllowed`."""
        chosen, _ = await self._choose(wish)
        if wish.dry_run:
            return _planned(chosen)
        message = structs.replace(wish.message, id=wish.message.id or uuid.uuid4().hex, hostname=None)
        hostnames = [client.hostname for client in chosen.known]
        return self._send(Batch([*hostnames, *chosen.unheard_of]), partial(self._show_one, message))

    def order(self, hostnames: Sequence[str], order: Order, unheard_of: Sequence[str] = ()) -> Batch:
        """Have all of these do so; the first ones begin first."""
        return self._send(Batch([*hostnames, *unheard_of]), partial(self._switch_one, order), leaving=order.enabled)

    async def close(self) -> None:
        """Begin no more, and wait for what is under way."""
        for batch in self._batches:
            batch.withdraw()
        await asyncio.gather(*(task for batch in self._batches for task in batch.tasks))

    async def _choose(self, audience: Audience) -> tuple[Chosen, Sequence[ClientState]]:
        """Whom it is for, and those among whom some have to stay: of the caller's own, where not all are."""
        group = await self._groups.one(audience.group) if audience.group is not None else None
        labelled = await self._groups.members(None, [audience.label]) if audience.label is not None else set()
        own = await self._own.keys(CALLER.get())
        if own is not None:
            check_named(audience.hostnames or (group.members if group else ()), own)
        clients = {
            key: client
            for client in self._fleet.clients()
            for key in (hostname_key(client.hostname),)
            if own is None or key in own
        }
        chosen = choose(audience, clients, group.members if group else (), labelled)
        if group is None:
            return chosen, list(clients.values())
        return chosen, self._fleet.clients_among({hostname_key(member) for member in group.members})

    def _check_minimum(self, chosen: Chosen, pool: Sequence[ClientState], wish: SwitchMany) -> None:
        leaving = {hostname_key(client.hostname) for client in chosen.known} | self._leaving.keys()
        staying = would_stay(pool, leaving)
        if staying < wish.minimum_available:
            where = f"of the group {wish.group!r}" if wish.group is not None else "of all clients"
            raise TooFewAvailable(staying, wish.minimum_available, where)

    def _send(self, batch: Batch, act: Act, *, leaving: bool = False) -> Batch:
        if leaving:
            self._leaving.update(map(hostname_key, batch.addressed))
        if batch.addressed:
            self._batches.add(batch)
        # A task for each at once: in this order they line up for their clients, before any later command can.
        batch.tasks = [asyncio.create_task(self._one(batch, hostname, act, leaving)) for hostname in batch.addressed]
        return batch

    def _stays(self, key: str) -> None:
        self._leaving[key] -= 1
        if not self._leaving[key]:
            del self._leaving[key]

    async def _one(self, batch: Batch, hostname: str, act: Act, leaving: bool) -> None:
        try:
            result = await act(hostname, _Turn(self._slots, batch))
        except Withdrawn:
            result = ClientResult(hostname, NOT_SENT, ok=False, detail="withdrawn before it began")
        except ManagerError as error:
            result = ClientResult(hostname, error.code.value, ok=False, detail=str(error))
        except Exception:
            # A defect met at one client must not end the others' commands, nor leave the caller waiting.
            log.exception("%s: a command to many failed", hostname)
            result = ClientResult(hostname, ProblemCode.INTERNAL.value, ok=False, detail="a defect of the server")
        batch.came(result)
        if leaving:
            self._stays(hostname_key(hostname))
        if batch.is_over:
            self._batches.discard(batch)

    async def _switch_one(self, order: Order, hostname: str, turn: Turn) -> ClientResult:
        answer = await self._wishes.set_dnd(hostname, order, turn)
        outcome = answer.outcome
        return ClientResult(answer.hostname, outcome.value, outcome.is_accepted, answer.detail, answer.dnd)

    async def _show_one(self, message: DisplayMessage, hostname: str, turn: Turn) -> ClientResult:
        answer = await self._fleet.display_message(hostname, message, turn)
        shown = answer.outcome is not MessageOutcome.NOT_SHOWN
        return ClientResult(answer.hostname, answer.outcome.value, shown, answer.detail, id=answer.id)


def _planned(chosen: Chosen) -> Batch:
    batch = Batch([*(client.hostname for client in chosen.known), *chosen.unheard_of], dry_run=True)
    for client in chosen.known:
        batch.came(ClientResult(client.hostname, PLANNED, ok=True, detail=f"{client.status.value} now"))
    for hostname in chosen.unheard_of:
        unknown = UnknownClient(hostname, [])
        batch.came(ClientResult(hostname, unknown.code.value, ok=False, detail=str(unknown)))
    return batch
