"""All clients, live, in memory: the use cases of the server.

Everything here runs on the one event loop thread, so no step is interrupted except where it awaits.
"""

from __future__ import annotations

import asyncio
import difflib
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.logs import masked
from microsip_manager.server import presence
from microsip_manager.server.boundaries import AgentLink, EventBus
from microsip_manager.server.deadlines import Deadlines
from microsip_manager.server.errors import AgentRefused, AgentSilent, CommandFailed, TooManyClients, UnknownClient
from microsip_manager.server.namesakes import LATELY, Namesakes, Place
from microsip_manager.server.presence import Flip
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.seldom import Seldom
from microsip_manager.wire.clients import AgentState, ClientState, ClientStatus, Source
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import Desired
from microsip_manager.wire.events import ClientChanged
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import ASLEEP_PACE
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus, status_of
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer
from microsip_manager.wire.phone_state import PhoneState
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand

log = logging.getLogger(__name__)

CLIENT_LIMIT = 100_000
"""Far above any real fleet; it bounds what a flood of invented hostnames can take."""

Answer = TypeVar("Answer")
Turn = AbstractAsyncContextManager[None]
"""What a command may have to wait for, beside those before it at its own client."""

_OFFLINE = PhoneStatus.OFFLINE
_CONNECTED, _ASLEEP = AgentState.CONNECTED, AgentState.ASLEEP


class Fleet:
    """Knows every client ever heard of, and until when each is waited for."""

    def __init__(
        self,
        recorder: Recorder,
        link: AgentLink,
        clock: Clock,
        bus: EventBus,
        *,
        patience: float,
        limit: int = CLIENT_LIMIT,
    ) -> None:
        self._recorder = recorder
        self._link = link
        self._clock = clock
        self._bus = bus
        self._limit = limit
        self.patience = patience
        """Seconds for which an agent is waited for."""
        self._clients: dict[str, ClientState] = {}
        self._phones: dict[str, PhoneState | None] = {}
        """What each agent said last of its phone, with the number of a call in full."""
        self._made_by: dict[str, Heartbeat | None] = {}
        """The heartbeat that made each client what it is; None where something else did."""
        self._heard_again: dict[str, float] = {}
        """When, on the monotonic clock, that heartbeat was said once more since the client was last looked at."""
        self._in_order = True
        """False when a client has joined since the dict was last sorted. Sorting is left to whoever lists."""
        self._awaited = Deadlines(patience)
        """Those whose next heartbeat is due within the patience."""
        self._asleep = Deadlines(patience * ASLEEP_PACE)
        """Those who keep a link while their MicroSIP is closed."""
        self._several = Deadlines(LATELY)
        """Those whose name several PCs have."""
        self._namesakes = Namesakes()
        self._warned = Seldom()
        self._clones: set[str] = set()
        """Those that share a key with another machine."""
        self._locks: dict[str, asyncio.Lock] = {}
        self.version = 0
        """Grows with every change of any client."""

    def restore(self, clients: list[ClientState]) -> None:
        """Take over the last known states; whoever was not offline gets one grace period to speak."""
        for client in clients:
            self._keep(hostname_key(client.hostname), presence.restored(client))

    def record(self, beat: Heartbeat, address: str, *, linked: bool = False) -> None:
        """Take a heartbeat that came from `address`; raises `TooManyClients`. Touches memory only."""
        key = hostname_key(beat.hostname)
        before = self._clients.get(key)
        made_by = self._made_by.get(key)
        if before is not None and before.address == address and beat.running and made_by == beat:
            self.heard_again(key, made_by, self._clock.monotonic())
            return
        after, flip = presence.heard(before, beat, address, self._clock.now(), self._phones.get(key), linked)
        if before is not None and _place(before) != _place(after):
            after = self._moved(key, before, after)
        if before is None and key in self._clones:
            after = structs.replace(after, clone=True)
        self._keep(key, after, beat)
        self._phones[key] = beat.phone
        self._note(before, after, flip)

    def heard_again(self, key: str, beat: Heartbeat, now: float) -> bool:
        """Take the very heartbeat once more that was recorded last, at a tenth of the cost.

        `now` is the monotonic clock's. False when anything else was learned of the client since: then nothing is done.
        """
        if self._made_by.get(key) is not beat:
            return False
        self._heard_again[key] = now
        (self._awaited if beat.running else self._asleep).heard(key, now)
        self.version += 1
        return True

    def link_closed(self, hostname: str, *, leaving: bool) -> None:
        """A client's link has ended. Unless its agent is leaving, it has one patience to be heard again."""
        self._catch_up()
        key = hostname_key(hostname)
        before = self._clients[key]
        if leaving:
            after, flip = presence.fell_silent(before, self._clock.now())
            self._keep(key, after)
            self._note(before, after, flip)
        elif before.agent is AgentState.ASLEEP:
            self._asleep.forget(key)
            self._awaited.heard(key, self._clock.monotonic())

    @property
    def size(self) -> int:
        """How many clients have been heard of."""
        return len(self._clients)

    def clients(self) -> list[ClientState]:
        """All clients by hostname."""
        self._catch_up()
        if not self._in_order:
            self._clients = dict(sorted(self._clients.items()))
            self._in_order = True
        return list(self._clients.values())

    def clients_among(self, keys: set[str]) -> list[ClientState]:
        """Those of these clients that have been heard of, by hostname."""
        self._catch_up()
        return [self._clients[key] for key in sorted(keys & self._clients.keys())]

    def client(self, hostname: str) -> ClientState:
        """One client; raises `UnknownClient`."""
        key = hostname_key(hostname)
        if (heard := self._heard_again.pop(key, None)) is not None:
            self._seen_again(key, heard, self._clock.monotonic(), self._clock.now())
        try:
            return self._clients[key]
        except KeyError:
            similar = difflib.get_close_matches(key, list(islice(self._clients, 1000)), n=2)
            raise UnknownClient(hostname, [self._clients[name].hostname for name in similar]) from None

    async def status(self, hostname: str) -> ClientStatus:
        """The state at this moment if the agent answers, else the last known; raises `UnknownClient`."""
        client = self.client(hostname)
        try:
            answer = await self._link.status(client)
        except AgentSilent as silence:
            return self._last_known(hostname, str(silence))
        before = self.client(hostname)
        after, flip = presence.answered(before, answer, self._clock.now())
        self._keep(hostname_key(hostname), after)
        if answer.phone is not None:
            self._phones[hostname_key(hostname)] = answer.phone
        self._note(before, after, flip)
        return ClientStatus(
            hostname=after.hostname,
            extension=after.extension,
            status=after.status,
            source=Source.LIVE,
            age=0.0,
            last_seen=after.last_seen,
            dnd=answer.dnd,
            detail=answer.detail,
            phone=after.phone,
            no_ring_reason=after.no_ring_reason,
            no_ring_code=after.no_ring_code,
        )

    async def set_dnd(self, hostname: str, enabled: bool, turn: Turn | None = None) -> DndAnswer:
        """Switch Do Not Disturb of one client; commands to one client run one at a time, in the order of their coming.

        It is sent inside `turn`, entered when it is this command's time. Raises `UnknownClient` and what `turn` raises;
        all else that can happen is the answer's outcome.
        """
        self.client(hostname)
        async with self._lock_of(hostname), turn or nullcontext():
            answer = await self._link.set_dnd(self.client(hostname), enabled)
        log.info("%s: DND %s: %s", answer.hostname, "on" if enabled else "off", answer.outcome.value)
        self._learn(hostname, answer)
        return answer

    async def telephone(self, hostname: str, command: TelephoneCommand) -> TelephoneAnswer:
        """Have the MicroSIP of one client do something.

        Raises `UnknownClient`; all else that can happen is the answer's outcome.
        """
        self.client(hostname)
        async with self._lock_of(hostname):
            answer = await self._link.telephone(self.client(hostname), command)
        # The tones of `dtmf` are left out: they may be a PIN.
        log.info(
            "%s: telephone %s %s: %s",
            answer.hostname,
            command.action.value,
            masked(command.number or "-"),
            answer.outcome.value,
        )
        return answer

    def show_desired(self, hostname: str, desired: Desired | None) -> None:
        """Have the wish for its DND told with a client; nothing for one that is not known."""
        key = hostname_key(hostname)
        before = self._clients.get(key)
        if before is None or before.desired == desired:
            return
        after = self._clients[key] = structs.replace(before, desired=desired)
        self.version += 1
        self._bus.publish(ClientChanged(after, before.status))

    def show_clone(self, hostname: str, clone: bool) -> None:
        """Have it told with a client, now or as soon as it is heard, whether two machines use its agent's key."""
        key = hostname_key(hostname)
        (self._clones.add if clone else self._clones.discard)(key)
        before = self._clients.get(key)
        if before is None or before.clone is clone:
            return
        after = self._clients[key] = structs.replace(before, clone=clone)
        self.version += 1
        self._bus.publish(ClientChanged(after, before.status))

    async def get_setting(self, hostname: str, wish: GetSetting) -> SettingsAnswer:
        """Settings of one client's MicroSIP; raises `UnknownClient` and `CommandFailed`."""
        self.client(hostname)
        async with self._lock_of(hostname):
            answer = await self._asked(hostname, lambda client: self._link.get_setting(client, wish))
        # Neither names nor values: what somebody takes for a name may be a secret.
        log.info("%s: %d settings read", answer.hostname, len(answer.settings))
        return answer

    async def display_message(self, hostname: str, message: DisplayMessage, turn: Turn | None = None) -> MessageAnswer:
        """Show a message on one client's desktop; raises `UnknownClient`, `CommandFailed` and what `turn` raises."""
        # An id from here can be asked for even when the answer of the agent is lost.
        sent = structs.replace(message, id=message.id or uuid.uuid4().hex)
        self.client(hostname)
        async with self._lock_of(hostname), turn or nullcontext():
            answer = await self._asked(hostname, lambda client: self._link.display_message(client, sent), sent.id)
        log.info("%s: message %s: %s", answer.hostname, answer.id, answer.outcome.value)
        return answer

    async def message(self, hostname: str, id: str) -> MessageReport:
        """What became of a message; raises `UnknownClient` and `CommandFailed`."""
        return await self._asked(hostname, lambda client: self._link.message(client, id), id)

    def let_time_pass(self) -> bool:
        """Call at most one silent client lost, as of the moment it fell silent. True if there was one.

        Or call one the only one of its name again, when another has not been heard for long.
        """
        deadline = self.next_deadline()
        late = self._clock.monotonic() - deadline if deadline is not None else -1.0
        if late < 0:
            return False
        self._catch_up()
        if self._several.first() == deadline:
            self._call_one(self._several.take_first())
            return True
        awaited = self._awaited if self._awaited.first() == deadline else self._asleep
        key = awaited.take_first()
        before = self._clients[key]
        at = self._clock.now() - timedelta(seconds=late)
        after, flip = presence.fell_silent(before, at)
        self._keep(key, after)
        self._note(before, after, flip)
        return True

    def next_deadline(self) -> float | None:
        """When, on the monotonic clock, the next client falls silent unless it speaks."""
        waiting = (self._awaited.first(), self._asleep.first(), self._several.first())
        return min((first for first in waiting if first is not None), default=None)

    def grant_grace(self) -> None:
        """Wait anew for everyone who is waited for: this server stood still, not they."""
        now = self._clock.monotonic()
        self._awaited.grant_grace(now)
        self._asleep.grant_grace(now)

    def sample_last_seen(self) -> None:
        """Have the time of the last heartbeat written for everyone who is there."""
        self._catch_up()
        for key in self._awaited.keys() + self._asleep.keys():
            self._recorder.client(self._clients[key])

    def _catch_up(self) -> None:
        """Note when those were last seen who were heard again meanwhile: only who looks needs it so exactly."""
        if not self._heard_again:
            return
        now, wall = self._clock.monotonic(), self._clock.now()
        for key, heard in self._heard_again.items():
            self._seen_again(key, heard, now, wall)
        self._heard_again.clear()

    def _seen_again(self, key: str, heard: float, now: float, wall: datetime) -> None:
        self._clients[key] = structs.replace(self._clients[key], last_seen=wall - timedelta(seconds=now - heard))

    def _keep(self, key: str, client: ClientState, made_by: Heartbeat | None = None) -> None:
        if key not in self._clients:
            if len(self._clients) >= self._limit:
                raise TooManyClients(self._limit)
            self._in_order = False
        self._clients[key] = client
        self._made_by[key] = made_by
        self._heard_again.pop(key, None)
        self.version += 1
        if client.agent is _CONNECTED:
            self._awaited.heard(key, self._clock.monotonic())
            self._asleep.forget(key)
            return
        self._awaited.forget(key)
        if client.agent is _ASLEEP:
            self._asleep.heard(key, self._clock.monotonic())
        else:
            self._asleep.forget(key)

    def _note(self, before: ClientState | None, after: ClientState, flip: Flip | None) -> None:
        if flip:
            was = flip.before.value if flip.before else "new"
            log.info("%s: %s -> %s", after.hostname, was, flip.after.value)
            self._recorder.flip(flip)
        written = presence.worth_writing(before, after)
        if written:
            self._recorder.client(after)
        if written or (before is not None and presence.is_news(before, after)):
            self._bus.publish(ClientChanged(after, before.status if before else None))

    def _moved(self, key: str, before: ClientState, after: ClientState) -> ClientState:
        """One PC that moved, or several PCs of one name: the administrator should see which."""
        now, left = self._clock.monotonic(), _place(before)
        several = self._namesakes.moved(key, left, _place(after), now)
        if self._warned.may_tell(key, now):
            why = ": several PCs have this name" if several else ""
            log.warning("%s: heard from %s, before from %s%s", after.hostname, _place(after), left, why)
        if not several:
            return after
        self._several.heard(key, now)
        return structs.replace(after, also_at=str(left))

    def _call_one(self, key: str) -> None:
        """The other PC of this name has not been heard for long."""
        self._namesakes.forget(key)
        before = self._clients[key]
        after = self._clients[key] = structs.replace(before, also_at="")
        self.version += 1
        self._bus.publish(ClientChanged(after, before.status))

    def _learn(self, hostname: str, answer: DndAnswer) -> None:
        """Show at once what a command found out, without waiting for the next heartbeat."""
        running = answer.outcome is not DndOutcome.NOT_RUNNING
        if running and answer.dnd is None:
            return
        key, before = hostname_key(hostname), self.client(hostname)
        if running and before.agent is _CONNECTED and before.status is status_of(running, bool(answer.dnd)):
            # As a rule its agent has reported the change before the command had its turn here.
            now = self._clock.monotonic()
            self._heard_again[key] = now
            self._awaited.heard(key, now)
            self.version += 1
            return
        after, flip = presence.dnd_read(before, running, bool(answer.dnd), self._clock.now())
        self._keep(key, after)
        self._note(before, after, flip)

    def _lock_of(self, hostname: str) -> asyncio.Lock:
        key = hostname_key(hostname)
        found = self._locks.get(key)
        if found is None:
            found = self._locks[key] = asyncio.Lock()
        return found

    async def _asked(
        self, hostname: str, ask: Callable[[ClientState], Awaitable[Answer]], message: str | None = None
    ) -> Answer:
        client = self.client(hostname)
        try:
            return await ask(client)
        except AgentSilent as silence:
            code = ProblemCode.UNREACHABLE if silence.in_time else ProblemCode.TIMEOUT
            raise CommandFailed(code, client.hostname, str(silence), message) from None
        except AgentRefused as refusal:
            raise CommandFailed(refusal.code, client.hostname, str(refusal), message) from None

    def _last_known(self, hostname: str, why: str) -> ClientStatus:
        client = self.client(hostname)
        return ClientStatus(
            hostname=client.hostname,
            extension=client.extension,
            status=client.status,
            source=Source.LAST_KNOWN,
            age=round(max(0.0, (self._clock.now() - client.last_seen).total_seconds()), 3),
            last_seen=client.last_seen,
            dnd=None if client.status is PhoneStatus.OFFLINE else client.status is PhoneStatus.DND,
            detail=why,
            phone=client.phone,
            no_ring_reason=client.no_ring_reason,
            no_ring_code=client.no_ring_code,
        )


def _place(client: ClientState) -> Place:
    return Place(client.address, client.port)
