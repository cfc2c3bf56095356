"""The agent of one simulated PC that keeps a link: the same words, choices and pauses as the real one has."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime

from msgspec import structs

from microsip_manager.agent import link_commands, server_choice
from microsip_manager.agent.link import NOT_SOON
from microsip_manager.agent.link_talk import LinkTalk
from microsip_manager.simulate.answers import full_answer, quick_answer
from microsip_manager.simulate.link_socket import LinkSocket, open_socket
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.simulate.plan import Counts
from microsip_manager.tls.trust import Trust
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import Answer, Ask, Heard, decode_from_server

log = logging.getLogger(__name__)

SHORTEST_PAUSE = 0.05


class LinkedAgent:
    """Begins with `tell`. All of it belongs to the thread of the event loop.

    `now` is the PC's clock, and `chance` gives a number between 0 and 1.
    """

    def __init__(
        self,
        pc: SimulatedPc,
        server: str,
        interval: float,
        counts: Counts,
        now: Callable[[], datetime],
        chance: Callable[[], float],
        trust: Trust,
    ) -> None:
        self._pc = pc
        self._server = server
        self._interval = interval
        self._counts = counts
        self._now = now
        self._chance = chance
        self._trust = trust
        self._loop = asyncio.get_running_loop()
        self._pace = server_choice.pace_of(interval, interval)
        self._choice = server_choice.first_choice(1)
        self._talk = LinkTalk(interval)
        self._socket: LinkSocket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_heard = False
        self._is_ending = False

    def tell(self) -> None:
        """Something has happened at the PC: connect, report, or fall silent, whichever is due."""
        if not self._pc.is_reachable:
            self._rest()
        elif self._socket is not None:
            self._socket.listen(True)
            self._look()
        elif not self._tasks:
            self._after(0.0, self._open)

    async def stop(self) -> None:
        """End at once, without a word to the server."""
        self._is_ending = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.abort()

    def opened(self, socket: LinkSocket) -> None:
        self._socket = socket
        self._choice = server_choice.took(self._choice, 0)
        self._talk = LinkTalk(self._interval)
        self.tell()

    def heard(self, text: bytes) -> None:
        match decode_from_server(text):
            case Heard() as heard:
                self._talk.heard(heard, self._loop.time())
                self._counts.beats += 1
                if not self._is_heard:
                    self._is_heard = True
                    self._counts.connected += 1
            case Ask() as ask:
                self._counts.commands += 1
                self._answer(ask)

    def ended(self, *, was_open: bool, code: int | None) -> None:
        self._socket = None
        if self._is_heard:
            self._is_heard = False
            self._counts.connected -= 1
        if not self._pc.is_reachable or self._is_ending:
            return
        self._counts.lost += 1
        if not was_open:
            self._failed()
        elif code in NOT_SOON:
            self._after(self._interval * (1 + self._chance()), self._open)
        else:
            self._after(self._chance() * self._interval / 2, self._open)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is None:
            return
        if self._pc.is_cut_off:
            self._socket.listen(False)
        else:
            self._socket.leave()

    def _open(self) -> None:
        self._do(self._connect())

    async def _connect(self) -> None:
        socket = await open_socket(self._server, self, self._trust, self._pc.authorization)
        if socket is None:
            self._counts.lost += 1
            self._failed()
        elif not socket.has_ended:
            self._socket = socket

    def _failed(self) -> None:
        now = self._loop.time()
        self._choice = server_choice.failed(self._choice, 0, now, self._pace, self._chance())
        self._choice = server_choice.nobody_took(self._choice)
        self._after(server_choice.again_at(self._choice) - now, self._open)

    def _look(self) -> None:
        """Beat, and come back when it is time to beat again."""
        now = self._loop.time()
        if self._socket is None:
            return
        if self._talk.is_dead(now):
            self._socket.abort()
            return
        beat = self._pc.beat()
        self._socket.send(self._talk.text(beat, now).encode())
        self._after(self._interval if beat.running else max(SHORTEST_PAUSE, self._talk.next_look(now)), self._look)

    def _answer(self, ask: Ask) -> None:
        if self._talk.is_too_late(ask, self._loop.time()):
            self._send(link_commands.too_late(ask))
            return
        answer = quick_answer(self._pc, ask, self._now())
        if answer is None:
            self._do(self._answer_in_full(ask))
            return
        dnd = link_commands.switched(ask, answer)
        beat = self._talk.switched(dnd) if dnd is not None else None
        self._send(answer if beat is None else structs.replace(answer, beat=beat))
        if self._talk.is_news(self._pc.beat()):
            self._look()

    async def _answer_in_full(self, ask: Ask) -> None:
        try:
            self._send(await asyncio.to_thread(full_answer, self._pc, ask))
        except Exception:
            log.exception("%s: %s could not be carried out", self._pc.identity.hostname, ask.path)
            self._send(link_commands.failed(ask))
        self.tell()

    def _send(self, answer: Answer) -> None:
        if self._socket is not None:
            self._socket.send(encode(answer))

    def _after(self, seconds: float, step: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(0.0, seconds), step) if self._pc.is_reachable else None

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
