"""What the texts of one agent's link do: they move its presence, and answer what it was asked."""

from __future__ import annotations

import logging

from microsip_manager.clock import Clock
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.caller import OPEN, Caller
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.identity.own_client import check_own_client
from microsip_manager.server.link_hub import Linked, LinkHub, Socket
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import ASLEEP_PACE, Answer, Beat, Report, decode_from_agent, heard_text
from microsip_manager.wire.names import hostname_key

log = logging.getLogger(__name__)

BEAT = encode(Beat())
"""What nearly every text is. Cheaper to compare than to read."""


class LinkSession:
    """From the first text of a link to its end."""

    def __init__(
        self, socket: Socket, hub: LinkHub, fleet: Fleet, clock: Clock, caller: Caller, clones: Clones
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._fleet = fleet
        self._clock = clock
        self._caller = caller
        self._clones = clones
        self._linked: Linked | None = None
        self._said: Heartbeat | None = None
        """What the agent has reported last."""
        self._beat: Heartbeat | None = None
        """The same as it was taken: that of a clone has another hostname."""
        self._key = ""
        self._patience = 0.0
        """Seconds for which the next text is waited for."""
        self._is_new = True

    def take(self, text: str) -> bytes | None:
        """Take a text of the agent and return the one that answers it, after which `told` is to be called.

        Raises `BadMessage`, `TooManyClients` and `NotYourClient`, and nothing has changed then.
        """
        match decode_from_agent(text):
            case Report(beat):
                return self._report(beat)
            case Answer() as answer:
                if self._linked is not None:
                    self._answered(self._linked, answer)
                return None
            case Beat():
                return self.beat()

    def beat(self) -> bytes:
        """Take a beat; as `take`."""
        linked, beat = self._linked, self._beat
        if linked is None or beat is None or self._said is None:
            raise BadMessage("Expected a report as the first text of a link - at `$.t`")
        now = self._clock.monotonic()
        if not self._fleet.heard_again(self._key, beat, now):
            # Something else was heard of this client meanwhile: perhaps from another machine with the same key.
            self._record(self._said)
            self._join_again()
        return self._heard(linked, now)

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

    def _report(self, beat: Heartbeat) -> bytes:
        taken = self._learn(beat)
        if self._linked is None:
            self._linked = Linked(taken.hostname, self._socket, self._caller.id)
        else:
            self._join_again()
        return self._heard(self._linked, self._clock.monotonic())

    def _record(self, said: Heartbeat) -> Heartbeat:
        taken = self._clones.heard(self._caller, said)
        self._fleet.record(taken, self._socket.address, linked=True)
        self._said, self._beat, self._key = said, taken, hostname_key(taken.hostname)
        self._patience = self._fleet.patience * (1 if taken.running else ASLEEP_PACE)
        return taken

    def _join_again(self) -> None:
        """Under the name of the client that its agent has become: a clone, or the only one again."""
        if self._linked is None or self._beat is None or hostname_key(self._linked.hostname) == self._key:
            return
        self._hub.leave(self._linked)
        self._linked.hostname = self._beat.hostname
        self._hub.join(self._linked)

    def _answered(self, linked: Linked, answer: Answer) -> None:
        if answer.beat is not None:
            # First, so that whoever waits for the answer finds the client as the command has left it.
            self._learn(answer.beat)
            self._join_again()
            linked.silent_after = self._clock.monotonic() + self._patience
        self._hub.answered(linked, answer)

    def _learn(self, beat: Heartbeat) -> Heartbeat:
        """What the agent says of its client, as it is taken; raises as `take` does."""
        if self._said is not None and hostname_key(self._said.hostname) != hostname_key(beat.hostname):
            raise BadMessage("Expected the hostname with which the link began - at `$.beat.hostname`")
        if self._caller is not OPEN:
            check_own_client(self._caller, beat.hostname)
        return self._record(beat)

    def _heard(self, linked: Linked, now: float) -> bytes:
        self._hub.heard += 1
        linked.silent_after = now + self._patience
        return heard_text(now)
