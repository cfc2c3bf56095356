"""One simulated PC: its MicroSIP, the person in front of it, and what its agent would say. No I/O."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from microsip_manager.agent.reports import Identity
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.simulate.day import What
from microsip_manager.wire.calls import Call, CallDirection, call_id
from microsip_manager.wire.heartbeat import Heartbeat

MOST_MESSAGES = 20
"""Of how many messages a PC remembers when they were shown."""

PLACES = 1000
"""After the last place of its list of calls MicroSIP begins again with the first."""


@dataclass(frozen=True)
class Talk:
    """A call under way."""

    number: str
    direction: CallDirection
    began: datetime


class SimulatedPc:
    """What happens to it changes it; `now` is the PC's clock."""

    def __init__(self, hostname: str, number: int, clients: int) -> None:
        self.identity = Identity(hostname, simulated=True)
        self.phone = SimulatedPhone(_extension(number), running=False, wait=lambda _: None)
        self.authorization = ""
        """What its agent shows to the server, if anything."""
        self.is_on = False
        self.is_cut_off = False
        self.messages: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        """By their ids: the first button, and since when it is shown."""
        self._number = number
        self._clients = clients
        self._talk: Talk | None = None
        self._ended = 0

    @property
    def is_reachable(self) -> bool:
        return self.is_on and not self.is_cut_off

    def beat(self) -> Heartbeat:
        view = self.phone.look()
        return self.identity.heartbeat(self.phone.extension, bool(view.dnd), running=view.running)

    def happen(self, what: What, now: datetime) -> Call | None:
        """The call that came to its end thereby, if one did."""
        match what:
            case What.BOOT:
                self.is_on = True
            case What.SHUT_DOWN:
                self.is_on = False
            case What.CUT:
                self.is_cut_off = True
            case What.MEND:
                self.is_cut_off = False
            case What.OPEN if self.is_on:
                self.phone.open()
            case What.CLOSE:
                ended = self._end_of_call(now)
                self.phone.close()
                return ended
            case What.CLICK:
                self.phone.click_by_hand()
            case What.CALL:
                return self._call(now)
            case What.HANG_UP:
                return self._end_of_call(now)
        return None

    def keep_message(self, id: str, button: str, now: datetime) -> None:
        self.messages.setdefault(id, (button, now))
        if len(self.messages) > MOST_MESSAGES:
            self.messages.popitem(last=False)

    def _call(self, now: datetime) -> Call | None:
        """A colleague is called or calls; one that DND turns away is over at once."""
        view = self.phone.look()
        if not view.running or self._talk is not None:
            return None
        colleague = _extension((self._number * 7 + self._ended * 13 + 1) % self._clients)
        direction = CallDirection.INCOMING if (self._number + self._ended) % 2 else CallDirection.OUTGOING
        if view.dnd and direction is CallDirection.INCOMING:
            return self._entry(Talk(colleague, CallDirection.REJECTED_BY_DND, now), now)
        self._talk = Talk(colleague, direction, now)
        return None

    def _end_of_call(self, now: datetime) -> Call | None:
        talk, self._talk = self._talk, None
        return self._entry(talk, now) if talk is not None else None

    def _entry(self, talk: Talk, now: datetime) -> Call:
        key = self._ended % PLACES
        self._ended += 1
        return Call(
            id=call_id(self.identity.hostname, key, int(talk.began.timestamp())),
            hostname=self.identity.hostname,
            extension=self.phone.extension,
            key=key,
            number=talk.number,
            name="",
            direction=talk.direction,
            started_at=talk.began,
            duration=int((now - talk.began).total_seconds()),
            info="Do Not Disturb" if talk.direction is CallDirection.REJECTED_BY_DND else "Call Ended",
            ended=True,
        )


def _extension(number: int) -> str:
    return str(10_000 + number)
