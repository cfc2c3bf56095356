"""Sees to it that the servers know the agent: it comes in by a join token or asks, and has a new key each month."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol

from msgspec import Struct, structs

from microsip_manager.agent.http_client import Answer, NoAnswer
from microsip_manager.agent.key_file import BrokenKey, Kept, KeyFile, new_key
from microsip_manager.logs import visible
from microsip_manager.tls.errors import NotTheAuthority
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.enrolment import (
    AskState,
    AskToJoin,
    Enrol,
    Enrolled,
    NewKey,
    decode_asked,
    decode_enrolled,
)
from microsip_manager.wire.join_token import JoinToken, read_join_token
from microsip_manager.wire.signature import command_key

log = logging.getLogger(__name__)

KEY_SECONDS = 30 * 86400.0
"""After which an agent makes itself a new key."""
LOOK_EVERY = 60.0
"""Seconds between two looks whether the key is due, or somebody has started this program with --join."""
AGAIN = 15.0
"""Seconds after which an agent that no server has answered tries again, about."""
ASK_AGAIN, ASK_SELDOM = 60.0, 3600.0
"""Seconds between two questions whether it is let in: while somebody may still answer, and after a no."""
SPREAD_KEY = 60.0
"""Seconds until all servers that share a database know a new key."""

REVOKED = (
    "no server takes the key of this PC: it was revoked, or the server is another one. To let the PC in again, make a "
    "join token on the server (microsip-manager join-token create), and give it to this program: --join"
)
NOT_GOOD = (
    "the join token lets nobody in: it has expired, was revoked, or has no uses left. Make another one on the server: "
    "microsip-manager join-token create"
)
WAITS = "waits to be let in, code {code}. On the server: microsip-manager agent approve {code}"


class Http(Protocol):
    def ask(self, method: str, server: str, path: str, body: bytes | None, seconds: float) -> Answer:
        """Raises `NoAnswer`."""
        ...


class Enrolling:
    """`run` is a thread's; `authorization` and `refused` are for any.

    `http` shows nothing and `http_with_key` what `authorization` tells. `now` is the PC's clock in seconds since 1970,
    and `chance` gives a number between 0 and 1. `news` is called when there is something to do before a pause
    is over.
    """

    def __init__(
        self,
        http: Http,
        http_with_key: Http,
        file: KeyFile,
        *,
        pin: Callable[[str, str], None],
        hostname: str,
        session_user: str,
        servers: Sequence[str],
        join_token: str,
        now: Callable[[], float],
        seconds: float,
        chance: Callable[[], float],
        news: Callable[[], None],
    ) -> None:
        self._http = http
        self._http_with_key = http_with_key
        self._file = file
        self._pin = pin
        self._hostname = hostname
        self._user = session_user
        self._servers = tuple(servers)
        self._join_token = join_token
        self._now = now
        self._seconds = seconds
        self._chance = chance
        self._news = news
        self._seen = 0.0
        """When the file was written that was read last."""
        self._kept: Kept | None = None
        self._refused = threading.Event()
        self._asking = False
        self._is_next_key_known = False
        """Whether a server has taken it; the others may not know it yet."""
        self._told = ""
        self.changed = threading.Event()
        """Set when the agent has come in: it has to start anew, as who it is now."""

    @property
    def name(self) -> str:
        """Of the client."""
        return self._kept.name if self._kept is not None and self._kept.is_let_in else self._hostname

    @property
    def servers(self) -> tuple[str, ...]:
        """Which know the agent, or those of the settings: nobody else is shown its key."""
        known = self._kept.servers if self._kept is not None and self._kept.is_let_in else []
        return tuple(known) or self._servers

    def authorization(self) -> str:
        """What the agent shows to its servers; nothing while it has no key that is good."""
        return f"Bearer {self._kept.key}" if self._kept is not None and self._kept.is_let_in else ""

    def command_keys(self) -> Sequence[bytes]:
        """Those with which its servers sign what they ask it at its port; two while it changes its key."""
        kept = self._kept
        if kept is None or not kept.is_let_in:
            return ()
        return [command_key(sha256(key.encode()).digest()) for key in (kept.key, kept.next_key) if key]

    def refused(self) -> None:
        """A server wants to see a key, or another one."""
        self._refused.set()
        if not self._asking:
            self._news()

    def begin(self) -> None:
        """Find out who the agent is, with one try to come in if it has a join token and no key."""
        self._read()
        if self._join_token and not self._is_let_in():
            self._enrol()
            self.changed.clear()

    def join(self) -> str | None:
        """Come in by the join token now, whether there is a key or not; the name, or None if that came to nothing."""
        self._read()
        token = read_join_token(self._join_token)
        kept = self._kept
        if (
            kept is not None
            and kept.is_let_in
            and set(token.servers) & set(self.servers)
            and self._offer_next_key(kept)
        ):
            return self.name  # to come in once more would only make it another client
        return self.name if self._enrol() else None

    def run(self, wait: Callable[[float], bool]) -> None:
        """Until `wait` says stop."""
        pause = LOOK_EVERY
        while not wait(pause):
            try:
                pause = self.step()
            except OSError as error:
                self._tell(f"the key of this PC cannot be kept: {error}")
                pause = ASK_AGAIN
            except Exception:
                # An agent without a key is not seen, and nobody would come and start it anew.
                log.exception("%s: enrolment goes on after an error", self._hostname)
                pause = ASK_AGAIN

    def step(self) -> float:
        """Do what is to be done now; returns the seconds until it is worth while to come again."""
        if self._was_let_in_elsewhere():
            return LOOK_EVERY
        refused = self._refused.is_set()
        self._refused.clear()
        if self._is_let_in() and not refused:
            return self._keep_key_fresh()
        if self._join_token:
            done = self._enrol()
            if done is not None:
                return LOOK_EVERY if done else self._about(AGAIN)
        if self._is_let_in():
            self._tell(REVOKED)
            return self._about(AGAIN)
        self._asking = self._asking or refused
        return self._ask() if self._asking else LOOK_EVERY

    def _read(self) -> None:
        try:
            self._kept = self._file.read()
        except BrokenKey as error:
            log.error("%s: the key in %s is lost: %s", self._hostname, self._file.path, error)
            self._file.set_aside()

    def _was_let_in_elsewhere(self) -> bool:
        """Whether somebody has started this program with --join meanwhile."""
        written = self._file.written_at()
        if written == self._seen:
            return False
        self._seen = written
        try:
            found = self._file.read()
        except BrokenKey:
            return False
        if found is None or not found.is_let_in or found.id == (self._kept.id if self._kept is not None else ""):
            return False
        self._kept = found
        self.changed.set()
        return True

    def _is_let_in(self) -> bool:
        return self._kept is not None and self._kept.is_let_in

    def _enrol(self) -> bool | None:
        """By the join token. False when it did not come to an answer; None when the token is not good."""
        token = read_join_token(self._join_token)
        if not self._trusts(token):
            return False
        key = self._key_to_come_in()
        wish = Enrol(key=key, hostname=self._hostname, session_user=self._user, join_token=self._join_token)
        answer = self._answer(self._http, token.servers, paths.ENROL, wish)
        if answer is None:
            self._tell(f"no server of the join token takes it at present: {', '.join(token.servers)}")
            return False
        if answer.status != HTTPStatus.OK:
            self._tell(NOT_GOOD)
            self._join_token = ""
            return None
        try:
            enrolled = decode_enrolled(answer.body)
        except BadMessage as error:
            self._tell(f"a server of the join token gave an answer that is not one of ours: {error}")
            return False
        self._let_in(key, enrolled, token)
        return True

    def _trusts(self, token: JoinToken) -> bool:
        """See to it that the servers of the token are known by the authority that it names, before anything is sent."""
        over_tls = [server for server in token.servers if server.startswith("https://")]
        if token.ca is None or not over_tls:
            return True
        for server in over_tls:
            try:
                self._pin(server, token.ca)
            except NotTheAuthority as error:
                self._tell(f"the join token's authority cannot be had: {error}")
            else:
                return True
        return False

    def _ask(self) -> float:
        key = self._key_to_come_in()
        wish = AskToJoin(key=key, hostname=self._hostname, session_user=self._user)
        answer = self._answer(self._http, self._servers, paths.ASK_TO_JOIN, wish)
        if answer is None or answer.status != HTTPStatus.OK:
            return self._about(ASK_AGAIN)
        try:
            asked = decode_asked(answer.body)
        except BadMessage:
            return self._about(ASK_SELDOM)
        if asked.enrolled is not None:
            self._let_in(key, asked.enrolled, None)
            return LOOK_EVERY
        if asked.state is AskState.REFUSED:
            self._tell("an administrator does not let this PC in")
            return self._about(ASK_SELDOM)
        if asked.state is AskState.WAITING:
            self._tell(WAITS.format(code=visible(asked.code or "")))
        else:
            self._asking = False
        return self._about(ASK_AGAIN)

    def _keep_key_fresh(self) -> float:
        kept = self._kept
        if kept is None or (not kept.next_key and 0 <= self._now() - kept.since < KEY_SECONDS):
            return LOOK_EVERY
        if self._is_next_key_known:
            self._keep(structs.replace(kept, key=kept.next_key, next_key="", since=self._now()))
            self._is_next_key_known = False
            log.info("%s: has a new key", self.name)
            return LOOK_EVERY
        self._is_next_key_known = self._offer_next_key(kept)
        return SPREAD_KEY if self._is_next_key_known else self._about(ASK_AGAIN)

    def _offer_next_key(self, kept: Kept) -> bool:
        """False when no server takes it."""
        answer = self._answer(self._http_with_key, self.servers, paths.AGENT_KEY, NewKey(self._next_key(kept)))
        return answer is not None and answer.status == HTTPStatus.OK

    def _key_to_come_in(self) -> str:
        """One that is on the disk already, so that the agent may say it again after a crash; raises `OSError`."""
        if self._kept is None:
            self._keep(Kept(new_key()))
        kept = self._kept
        assert kept is not None, "it has just been kept"
        return self._next_key(kept) if kept.is_let_in else kept.key

    def _next_key(self, kept: Kept) -> str:
        if not kept.next_key:
            kept = structs.replace(kept, next_key=new_key())
            self._keep(kept)
        return kept.next_key

    def _let_in(self, key: str, enrolled: Enrolled, token: JoinToken | None) -> None:
        servers = enrolled.servers or (token.servers if token is not None else [])
        ca = token.ca if token is not None else None
        self._keep(Kept(key, enrolled.id, enrolled.name, servers, ca, self._now()))
        log.info("%s: let in as %s", self._hostname, enrolled.name)
        self._told, self._asking = "", False
        self.changed.set()

    def _keep(self, kept: Kept) -> None:
        """Raises `OSError`."""
        self._file.write(kept)
        self._seen = self._file.written_at()
        self._kept = kept

    def _answer(self, http: Http, servers: Sequence[str], path: str, wish: Struct) -> Answer | None:
        """Of the first server that gives one and is well."""
        for server in servers:
            try:
                answer = http.ask("POST", server, path, encode(wish), self._seconds)
            except NoAnswer:
                continue
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
        return None

    def _about(self, seconds: float) -> float:
        """All agents of an office begin together, and must not go on so."""
        return seconds * (0.5 + self._chance())

    def _tell(self, line: str) -> None:
        if line != self._told:
            self._told = line
            log.warning("%s: %s", self._hostname, line)
