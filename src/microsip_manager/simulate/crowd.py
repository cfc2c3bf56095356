"""All simulated PCs of one process: what happens to them, and what is counted."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from microsip_manager.agent.http_client import HttpClient, NoAnswer
from microsip_manager.simulate import day
from microsip_manager.simulate.day import Happening, What
from microsip_manager.simulate.joining import let_in
from microsip_manager.simulate.linked import LinkedAgent
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.simulate.plain import PlainAgent
from microsip_manager.simulate.plan import Counts, Plan
from microsip_manager.tls.trust import Trust
from microsip_manager.wire import paths
from microsip_manager.wire.calls import Call, decode_calls_taken
from microsip_manager.wire.codec import BadMessage, encode

COMING_SECONDS = 5.0
"""Over which the PCs of a simulation come up, as over a morning."""

REPORT_CALLS_EVERY = 2.0
MOST_CALLS_WAITING = 10_000
BATCH = 100
PATIENCE = 10.0


class Agent(Protocol):
    def tell(self) -> None:
        """Something has happened at its PC."""
        ...

    async def stop(self) -> None: ...


class Crowd:
    """Lives on the running event loop until `stop` is set."""

    def __init__(self, plan: Plan, counts: Counts, join_token: str = "") -> None:
        """With a `join_token` the PCs come in by it."""
        self._join_token = join_token
        self._plan = plan
        self._counts = counts
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._chance = random.Random(f"{plan.seed} {plan.first}")  # noqa: S311 - pauses, no secrets
        self._calls: deque[tuple[SimulatedPc, Call]] = deque(maxlen=MOST_CALLS_WAITING)
        self._trust = Trust(plan.server_ca)
        self._http = HttpClient(self._trust, lambda: self._shown)
        self._shown = ""

    async def live(self, stop: asyncio.Event) -> None:
        pcs = [SimulatedPc(self._plan.hostname(number), number, self._plan.clients) for number in self._plan.numbers()]
        if self._join_token:
            await asyncio.to_thread(self._let_in, pcs)
        agents = [self._begin(pc, number) for number, pc in zip(self._plan.numbers(), pcs, strict=True)]
        while not await _is_set(stop, REPORT_CALLS_EVERY):
            self._counts.awake = sum(pc.is_on and pc.phone.look().running for pc in pcs)
            await self._report_calls()
        for agent in agents:
            await agent.stop()
        self._http.close()

    def _let_in(self, pcs: list[SimulatedPc]) -> None:
        for pc in pcs:
            let_in(pc, self._plan.server, self._join_token, self._http)

    def _begin(self, pc: SimulatedPc, number: int) -> Agent:
        agent = self._agent(pc)
        coming = self._chance.random() * COMING_SECONDS
        if self._plan.speed == 0:
            pc.happen(What.BOOT, _now())
            pc.happen(What.OPEN, _now())
        else:
            story = day.happenings(self._plan.seed, number)
            following = _happen_before(pc, story, day.BEGIN)
            self._loop.call_later(coming, self._wait_for, agent, pc, following, story)
        self._loop.call_later(coming, agent.tell)
        return agent

    def _agent(self, pc: SimulatedPc) -> Agent:
        server, interval = self._plan.server, self._plan.interval
        if self._plan.link:
            return LinkedAgent(pc, server, interval, self._counts, _now, self._chance.random, self._trust)
        return PlainAgent(pc, server, interval, self._counts, _now, self._trust)

    def _wait_for(self, agent: Agent, pc: SimulatedPc, next_one: Happening, story: Iterator[Happening]) -> None:
        at = self._began + (next_one.at - day.BEGIN) / self._plan.speed
        self._loop.call_at(at, self._happens, agent, pc, next_one, story)

    def _happens(self, agent: Agent, pc: SimulatedPc, happening: Happening, story: Iterator[Happening]) -> None:
        before = pc.is_reachable, pc.beat()
        ended = pc.happen(happening.what, _now())
        if ended is not None:
            self._calls.append((pc, ended))
        if (pc.is_reachable, pc.beat()) != before:
            agent.tell()
        self._wait_for(agent, pc, next(story), story)

    async def _report_calls(self) -> None:
        """Give the server what there is; what it does not take waits for the next time."""
        while self._calls:
            batch = self._next_calls()
            self._shown = batch[0][0].authorization
            body = encode([call for _, call in batch])
            try:
                answer = await asyncio.to_thread(self._http.ask, "POST", self._plan.server, paths.CALLS, body, PATIENCE)
                self._counts.calls += len(decode_calls_taken(answer.body).committed)
            except (NoAnswer, BadMessage):
                self._calls.extendleft(reversed(batch))
                return

    def _next_calls(self) -> list[tuple[SimulatedPc, Call]]:
        """As many as go into one message: of one PC only, where it shows a key."""
        batch = [self._calls.popleft()]
        while self._calls and len(batch) < BATCH and self._calls[0][0].authorization == batch[0][0].authorization:
            batch.append(self._calls.popleft())
        return batch


def _happen_before(pc: SimulatedPc, story: Iterator[Happening], moment: float) -> Happening:
    """Let all happen that did before this moment, and return what comes next."""
    for happening in story:
        if happening.at >= moment:
            return happening
        pc.happen(happening.what, _now())
    raise AssertionError("a story has no end")


def _now() -> datetime:
    return datetime.now(UTC)


async def _is_set(stop: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
