"""The agent's link: one outgoing WebSocket to the server it is with, over which commands need no open port here.

Heartbeats go over it while it is up, and by plain HTTP while it is not: the same servers, chosen the same way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from msgspec import structs

from microsip_manager.agent import link_commands
from microsip_manager.agent.link_socket import LinkEnded, LinkSocket, NoLinkThere, NoServerThere
from microsip_manager.agent.link_talk import LinkTalk
from microsip_manager.agent.on_demand import WsgiApp
from microsip_manager.agent.unsure_answers import UnsureAnswers
from microsip_manager.clock import Clock
from microsip_manager.settings import LINK_ALWAYS, LINK_AWAKE, LINK_OFF
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Answer, Ask, CloseCode, Heard, decode_from_server

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests of the server that are carried out at the same time; it sends commands one by one."""

IDLE_PAUSE = 1.0
"""Seconds between two looks whether a link is wanted, where it is kept only while MicroSIP runs."""

SHORTEST_PAUSE = 0.05

NOT_SOON = frozenset(
    (
        CloseCode.NOT_NOW,
        CloseCode.BAD_TEXT,
        CloseCode.NOT_SIGNED_IN,
        CloseCode.NOT_YOUR_CLIENT,
    )
)
"""Why a server closes a link that it would close again at once."""

LONGEST_PAUSE = 300.0
"""Seconds between two tries where only plain heartbeats get through, or another agent has the same name.

The pause begins at one interval, and doubles.
"""


def do_nothing() -> None:
    pass


class Servers(Protocol):
    """The way to the servers by plain HTTP, which also knows which of them the agent is with."""

    def send(self, beat: Heartbeat) -> bool: ...

    def again_at(self) -> float: ...

    def in_turn(self) -> list[str]:
        """The servers to turn to now, until one opens a link; none while all of them are given a rest."""
        ...

    def has_better(self, server: str) -> bool:
        """Whether the link should move from this server to a better one."""
        ...

    def took(self, server: str) -> None:
        """A server has opened the link, or answered over it: the agent is with it."""
        ...

    def failed(self, server: str, why: str) -> None:
        """A server could not be reached."""
        ...

    def nobody_took(self) -> None:
        """None of them could be reached."""
        ...

    def probe(self) -> None:
        """Ask a better server, if it is time, whether it is well."""
        ...


class Link:
    """Opens the link, keeps it, and opens it again. `run` is a thread's; `send` and `stop` are for any.

    `first` says who the agent is, with MicroSIP closed. `use` is the setting AGENT_LINK.
    `wait` pauses for some seconds and returns True when the agent ends; `chance` gives a number between 0 and 1.
    `refused` is told when a server may want to see a key, or another one.
    """

    def __init__(
        self,
        servers: Servers,
        first: Heartbeat,
        app: WsgiApp,
        clock: Clock,
        *,
        open_link: Callable[[str, float], LinkSocket],
        use: str,
        interval: float,
        seconds: float,
        wait: Callable[[float], bool],
        chance: Callable[[], float],
        refused: Callable[[], None] = do_nothing,
    ) -> None:
        self._refused = refused
        self._servers = servers
        self._beat = first
        self._app = app
        self._clock = clock
        self._open_link = open_link
        self._use = use
        self._interval = interval
        self._seconds = seconds
        self._wait = wait
        self._chance = chance
        self._hostname = first.hostname
        self._lock = threading.Lock()
        """Held while something is said: what is kept of it must stand in the order in which it went out."""
        self._unsure = UnsureAnswers()
        self._open: tuple[LinkSocket, LinkTalk] | None = None
        self._busy = threading.Semaphore(AT_ONCE)
        self._leaving = False
        self._pause = interval
        self._rivalry = interval
        self._opened_at = 0.0
        self._told = ""

    def send(self, beat: Heartbeat) -> bool:
        """Tell the server: over the link, or by HTTP where there is none. False when no server took it."""
        self._beat = beat
        if not self._say():
            return self._servers.send(beat)
        self._servers.probe()
        return True

    def again_at(self) -> float:
        return self._servers.again_at()

    def stop(self) -> None:
        """Take leave of the server; the agent ends."""
        self._leaving = True
        if (link := self._open) is not None:
            link[0].close(CloseCode.GOING_AWAY)

    def run(self) -> None:
        """Keep a link until `wait` says stop."""
        if self._use == LINK_OFF:
            return
        pause = 0.0
        while not self._leaving and not self._wait(pause):
            try:
                pause = self._step()
            except Exception:
                # Without a link the agent can be reached by its port alone, so the thread must not end by an odd text.
                log.exception("%s: the link goes on after an error", self._hostname)
                pause = self._interval

    def _step(self) -> float:
        """One link from its opening to its end, if one is to be opened now; returns the pause until the next try."""
        if not self._is_wanted():
            return IDLE_PAUSE
        for server in self._servers.in_turn():
            try:
                socket = self._open_link(server, self._seconds)
            except NoServerThere as error:
                self._servers.failed(server, str(error))
            except NoLinkThere as error:
                if error.refused:
                    self._refused()
                self._tell(logging.WARNING, f"plain heartbeats only, for {server} opens no link: {error}")
                return self._longer_pause()
            else:
                return self._live(server, socket)
        self._servers.nobody_took()
        return min(self._interval, max(SHORTEST_PAUSE, self._servers.again_at() - self._clock.monotonic()))

    def _live(self, server: str, socket: LinkSocket) -> float:
        """A link from its first word to its end; returns the pause until the next try."""
        self._servers.took(server)
        talk = LinkTalk(self._interval)
        self._opened_at = self._clock.monotonic()
        self._open = socket, talk
        try:
            return self._keep(server, socket, talk)
        finally:
            self._open = None
            socket.end()

    def _keep(self, server: str, socket: LinkSocket, talk: LinkTalk) -> float:
        self._say()
        with self._lock:
            again = self._unsure.take()
        for answer in again:
            self._give(answer)
        try:
            while self._is_wanted() and not self._servers.has_better(server):
                now = self._clock.monotonic()
                if talk.is_dead(now):
                    raise LinkEnded(f"the server was silent for {self._interval:g} s")
                if talk.is_due(now):
                    self._say()
                    # With MicroSIP closed nobody else does, and a better server would show this PC as lost all night.
                    self._servers.probe()
                text = socket.receive(max(SHORTEST_PAUSE, talk.next_look(self._clock.monotonic())))
                if text is not None:
                    self._take(server, talk, text)
        except LinkEnded as end:
            if self._leaving:
                return 0.0
            self._tell(logging.WARNING, f"the link to {server} has ended: {end}")
            if end.code == CloseCode.REPLACED:
                return self._pause_for_rival()
            if end.code == CloseCode.NOT_SIGNED_IN:
                self._refused()
            if end.code in NOT_SOON:
                return self._longer_pause()
            # All agents of a server lose it together, and must not come back together.
            return self._chance() * self._interval / 2
        # It goes to another server, or MicroSIP was closed and the link is not wanted meanwhile.
        socket.close(CloseCode.GOING_AWAY)
        return 0.0

    def _say(self) -> bool:
        """Tell over the link what there is to tell; False when there is no link."""
        with self._lock:
            if self._open is None:
                return False
            socket, talk = self._open
            try:
                socket.send(talk.text(self._beat, self._clock.monotonic()))
            except LinkEnded:
                return False
        return True

    def _give(self, answer: Answer, dnd: bool | None = None) -> None:
        """Answer over the link as it is now; what may not have arrived is said again over the next one.

        `dnd` is what the command has made of DND. It goes with the answer, and not with one that is said again: then it
        may be long ago.
        """
        with self._lock:
            if self._open is None:
                self._unsure.said(answer, 0)
                return
            socket, talk = self._open
            self._unsure.said(answer, talk.said)
            beat = talk.switched(dnd) if dnd is not None else None
            try:
                socket.send(encode(answer if beat is None else structs.replace(answer, beat=beat)).decode())
            except LinkEnded as end:
                log.warning("%s: an answer waits for the next link: %s", self._hostname, end)

    def _take(self, server: str, talk: LinkTalk, text: str) -> None:
        try:
            message = decode_from_server(text)
        except BadMessage as error:
            raise LinkEnded(f"the server sent what cannot be understood: {error}") from None
        match message:
            case Heard():
                self._heard(server, talk, message)
            case Ask() if talk.is_too_late(message, self._clock.monotonic()):
                log.warning("%s: %s came after its deadline and is not carried out", self._hostname, message.path)
                self._give(link_commands.too_late(message))
            case Ask() if not self._busy.acquire(blocking=False):
                self._give(link_commands.too_many(message))
            case Ask():
                now = self._clock.monotonic()
                until = link_commands.Deadline(now, talk.seconds_left(message, now))
                threading.Thread(target=self._carry_out, args=(message, until), name="agent-ask", daemon=True).start()

    def _heard(self, server: str, talk: LinkTalk, message: Heard) -> None:
        talk.heard(message, self._clock.monotonic())
        with self._lock:
            self._unsure.heard(talk.answered)
        # Only now is it sure that commands come this way.
        self._tell(logging.INFO, f"linked to {server}")
        # Other messages may have gone to another server, or to none; the heartbeats come here.
        self._servers.took(server)
        self._pause = self._interval

    def _carry_out(self, ask: Ask, until: link_commands.Deadline) -> None:
        try:
            answer = link_commands.answer(self._app, ask, until)
        except Exception:
            # The API answers its errors itself; this is one of the way to it, and the server should not wait in vain.
            log.exception("%s: %s could not be carried out", self._hostname, ask.path)
            answer = link_commands.failed(ask)
        finally:
            self._busy.release()
        self._give(answer, link_commands.switched(ask, answer))

    def _is_wanted(self) -> bool:
        wanted = self._use == LINK_ALWAYS or (self._use == LINK_AWAKE and self._beat.running)
        return wanted and not self._leaving

    def _longer_pause(self) -> float:
        pause, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * 2)
        return pause * (1 + self._chance())

    def _pause_for_rival(self) -> float:
        """Another agent links under this name: they push each other off in turn, less and less often."""
        if self._clock.monotonic() - self._opened_at > 2 * LONGEST_PAUSE:
            self._rivalry = self._interval  # the one before would have been back long ago; this is news
        pause, self._rivalry = self._rivalry, min(LONGEST_PAUSE, self._rivalry * 2)
        return pause * (1 + self._chance())

    def _tell(self, level: int, line: str) -> None:
        if line != self._told:
            self._told = line
            log.log(level, "%s: %s", self._hostname, line)
