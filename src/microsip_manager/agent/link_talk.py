"""What an agent says over its link and when, and when the link counts as dead. Pure: moments are given."""

from __future__ import annotations

import math

from msgspec import structs

from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import ASLEEP_PACE, Ask, Beat, Heard, Report
from microsip_manager.wire.phone import HeartbeatCode

_BEAT = encode(Beat()).decode()


UNCERTAIN = 0.1
"""Seconds by which the server's clock may be ahead of what is known of it: the time its quickest answer took."""


class LinkTalk:
    """The state of one link. `interval` is that of the heartbeats, in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._reported: Heartbeat | None = None
        self._said_at = float("-inf")
        self._unheard_since: float | None = None
        self.said = 0
        """Reports and beats that went out. The server answers each, in turn."""
        self.answered = 0
        """How many of them the server has answered."""
        self._offset: float | None = None
        """The server's clock minus ours, at least: what it tells was true when it was sent."""

    def text(self, beat: Heartbeat, now: float) -> str:
        """What to send, now, to tell this."""
        self._said_at = now
        self.said += 1
        if self._unheard_since is None:
            self._unheard_since = now
        if beat == self._reported:
            return _BEAT
        self._reported = beat
        return encode(Report(beat)).decode()

    def is_news(self, beat: Heartbeat) -> bool:
        """Whether the server was told something else last."""
        return beat != self._reported

    def switched(self, dnd: bool) -> Heartbeat | None:
        """The last report with DND as a command has left it, from now on the last report: it goes with the answer.

        None when it was reported so before, or when MicroSIP was closed, of which more is to be told than DND.
        """
        said, status = self._reported, HeartbeatCode.DND if dnd else HeartbeatCode.AVAILABLE
        if said is None or not said.running or said.status == status:
            return None
        self._reported = structs.replace(said, status=int(status))
        return self._reported

    def heard(self, answer: Heard, now: float) -> None:
        """The server has answered."""
        self._unheard_since = None
        self.answered += 1
        offset = answer.now - now
        self._offset = offset if self._offset is None else max(self._offset, offset)

    def is_due(self, now: float) -> bool:
        """Whether it is time to say again that the agent is there, though it sleeps."""
        return now >= self._said_at + self._interval * ASLEEP_PACE

    def is_dead(self, now: float) -> bool:
        """Whether the server has been silent for so long that heartbeats have to go another way."""
        return self._unheard_since is not None and now >= self._unheard_since + self._interval

    def next_look(self, now: float) -> float:
        """Seconds after which `is_due` or `is_dead` may have changed."""
        due = self._said_at + self._interval * ASLEEP_PACE
        dead = self._unheard_since + self._interval if self._unheard_since is not None else due
        return max(0.0, min(due, dead) - now)

    def is_too_late(self, ask: Ask, now: float) -> bool:
        """Whether a request has passed its deadline, as on a network that stood still for a while."""
        return self.seconds_left(ask, now) < 0

    def seconds_left(self, ask: Ask, now: float) -> float:
        """How long a request may still wait; for ever while the server's clock is not known."""
        return math.inf if self._offset is None else ask.deadline - self._offset - now - UNCERTAIN
