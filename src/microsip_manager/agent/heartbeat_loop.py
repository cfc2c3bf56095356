"""The loop that looks at MicroSIP about once a second, sends heartbeats while it runs, and tells when it is gone."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Protocol

from microsip_manager.agent.boundaries import PhoneView, Softphone
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.watch import Mode, Say, Watch, looked, stopped, unheard
from microsip_manager.clock import Clock
from microsip_manager.wire.heartbeat import Heartbeat

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks: a start of MicroSIP, or a click of its user, is reported within two seconds."""

SHORTEST_PAUSE = 0.01

LOOKS_AT_MOST = 3
"""Looks in one step, while commands keep coming in between."""

JITTER = 0.1
"""Share of the interval by which heartbeats vary, so that the agents of a building do not beat together."""


class Link(Protocol):
    def send(self, beat: Heartbeat) -> bool:
        """False when no server took it."""
        ...

    def again_at(self) -> float:
        """After False: when it is worth while to try again, on the monotonic clock."""
        ...


def system_jitter() -> float:
    return random.SystemRandom().uniform(1 - JITTER, 1 + JITTER)


class HeartbeatLoop:
    """`wait` pauses for some seconds and returns True when the loop shall end; it may return early to look at once."""

    def __init__(
        self,
        phone: Softphone,
        link: Link,
        identity: Identity,
        *,
        clock: Clock,
        interval: float,
        wait: Callable[[float], bool],
        jitter: Callable[[], float] = system_jitter,
    ) -> None:
        self._phone = phone
        self._link = link
        self._identity = identity
        self._clock = clock
        self._interval = interval
        self._wait = wait
        self._jitter = jitter
        self._watch = Watch()
        self._commands_done = 0

    @property
    def known_dnd(self) -> bool:
        """The last DND state that could be read."""
        return self._watch.known_dnd

    def run(self) -> None:
        """Beat until `wait` says stop, and then say farewell."""
        log.info("%s: watching for MicroSIP", self._identity.hostname)
        self._guarded(self.step)
        while not self._wait(self._pause()):
            self._guarded(self.step)
        self._guarded(self.leave)

    def step(self) -> None:
        """One look, and what is due to be said."""
        before, view = self._watch, self._fresh_look()
        self._watch, say = looked(before, view, self._clock.monotonic(), self._interval * self._jitter())
        self._tell(before, self._watch)
        self._send(say, before)

    def command_done(self) -> None:
        """A command has changed MicroSIP: whatever look is under way may be older than that."""
        self._commands_done += 1

    def _fresh_look(self) -> PhoneView:
        """A look that no command overtook: told after the command's answer, an older one would undo it in the list."""
        for _ in range(LOOKS_AT_MOST):
            done = self._commands_done
            view = self._phone.look()
            if done == self._commands_done:
                break
        return view

    def leave(self) -> None:
        """Tell that nobody watches MicroSIP any more."""
        before = self._watch
        self._watch, say = stopped(before)
        self._send(say, before)

    def _send(self, say: Say, before: Watch) -> None:
        match say:
            case Say.HEARTBEAT:
                watch = self._watch
                beat = self._identity.heartbeat(watch.view.extension, watch.known_dnd, phone=watch.view.phone)
                if not self._link.send(beat):
                    self._watch = unheard(watch, self._link.again_at())
            case Say.FAREWELL:
                # As MicroSIP was last seen, for a server that does not know farewells.
                self._link.send(self._identity.heartbeat(before.view.extension, before.known_dnd, running=False))

    def _guarded(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:
            # A PC that falls silent because of one odd answer would look switched off until somebody
            # goes there; the next round may well succeed, and the log tells what happened.
            log.exception("%s: the heartbeat loop goes on after an error", self._identity.hostname)

    def _pause(self) -> float:
        """Seconds to the next look: shorter when a heartbeat is due before."""
        if self._watch.mode is Mode.ASLEEP:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(SHORTEST_PAUSE, self._watch.due - self._clock.monotonic()))

    def _tell(self, before: Watch, after: Watch) -> None:
        hostname, was, now = self._identity.hostname, before.view, after.view
        if was.running != now.running:
            log.info("%s: %s", hostname, _opened(now) if now.running else "MicroSIP was closed")
        if now.running and (not was.running or before.known_dnd != after.known_dnd):
            log.info("%s: DND is %s", hostname, "on" if after.known_dnd else "off")
        if now.phone and _registration(was) != _registration(now):
            log.info("%s: registration: %s", hostname, _registration(now))
        if now.running and now.detail != (was.detail if was.running else ""):
            log.warning("%s: %s", hostname, now.detail or "all is well with MicroSIP again")


def _registration(view: PhoneView) -> str:
    if view.phone is None:
        return ""
    shown = view.phone.registration_text
    return f"{view.phone.registration.value}{f' ({shown})' if shown else ''}"


def _opened(view: PhoneView) -> str:
    return f"MicroSIP is running, extension {view.extension or 'not known'}"
