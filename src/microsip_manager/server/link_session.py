"""What the texts of one agent's link do: they move its presence, and answer what it was asked."""

from __future__ import annotations

import logging

from microsip_manager.clock import Clock
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.link_hub import Linked, LinkHub, Socket
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import ASLEEP_PACE, Answer, Beat, Report, decode_from_agent, heard_text
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

BEAT = encode(Beat()).decode()
"""What nearly every text is. Cheaper to compare than to read."""


class LinkSession:
    """From the first text of a link to its end."""

    def __init__(self, socket: Socket, hub: LinkHub, fleet: Fleet, clock: Clock) -> None:
        self._socket = socket
        self._hub = hub
        self._fleet = fleet
        self._clock = clock
        self._linked: Linked | None = None
        self._beat: Heartbeat | None = None
        self._key = ""
        self._is_new = True

    def take(self, text: str) -> str | None:
        """Take a text of the agent and return the one that answers it, after which `told` is to be called.

        Raises `BadMessage` and `TooManyClients`, and nothing has changed then.
        """
        if text == BEAT:
            return self.beat()
        match decode_from_agent(text):
            case Report(beat):
                return self._report(beat)
            case Answer() as answer:
                if self._linked is not None:
                    self._answered(self._linked, answer)
                return None
            case Beat():
                return self.beat()

    def beat(self) -> str:
        """Take a beat; as `take`."""
        if self._beat is None or self._linked is None:
            raise BadMessage("Expected a report as the first text of a link - at `$.t`")
        now = self._clock.monotonic()
        if not self._fleet.heard_again(self._key, self._beat, now):
            self._fleet.record(self._beat, self._socket.address, linked=True)
        return self._heard(self._linked, self._beat, now)

    def told(self) -> None:
        """The answer is on its way: from now on the agent can be asked.

        It has to know this server's clock before its first command, or it cannot tell one that is too late.
        """
        if self._is_new and self._linked is not None:
            self._is_new = False
            self._hub.join(self._linked)

    def ended(self, *, leaving: bool) -> None:
        """The connection is gone."""
        if self._linked is not None and self._hub.leave(self._linked):
            log.info("%s: %s", self._linked.hostname, "its agent takes leave" if leaving else "its link was lost")
            self._fleet.link_closed(self._linked.hostname, leaving=leaving)

    def _report(self, beat: Heartbeat) -> str:
        self._learn(beat)
        if self._linked is None:
            self._linked = Linked(beat.hostname, self._socket)
        return self._heard(self._linked, beat, self._clock.monotonic())

    def _answered(self, linked: Linked, answer: Answer) -> None:
        if answer.beat is not None:
            # First, so that whoever waits for the answer finds the client as the command has left it.
            self._learn(answer.beat)
            self._await(linked, answer.beat, self._clock.monotonic())
        self._hub.answered(linked, answer)

    def _learn(self, beat: Heartbeat) -> None:
        if self._linked is not None and hostname_key(self._linked.hostname) != hostname_key(beat.hostname):
            raise BadMessage("Expected the hostname with which the link began - at `$.beat.hostname`")
        self._fleet.record(beat, self._socket.address, linked=True)
        self._beat, self._key = beat, hostname_key(beat.hostname)

    def _heard(self, linked: Linked, beat: Heartbeat, now: float) -> str:
        self._await(linked, beat, now)
        return heard_text(now)

    def _await(self, linked: Linked, beat: Heartbeat, now: float) -> None:
        linked.silent_after = now + self._fleet.patience * (1 if beat.running else ASLEEP_PACE)
