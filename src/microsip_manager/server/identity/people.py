"""All that concerns people, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from microsip_manager.clock import Clock
from microsip_manager.server.identity.api_tokens import TokenStore
from microsip_manager.server.identity.attempts import Attempts
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.last_uses import LastUses
from microsip_manager.server.identity.own_account import OwnAccount
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.identity.people_stores import SessionStore, UserStore
from microsip_manager.server.identity.sessions import Sessions
from microsip_manager.server.identity.setup import FirstSetUp, nothing
from microsip_manager.server.identity.sign_in import Door
from microsip_manager.server.identity.users import Users


@dataclass(frozen=True)
class People:
    users: Users
    sessions: Sessions
    door: Door
    own: OwnAccount
    setup: FirstSetUp
    last_uses: LastUses
    passwords: Passwords


def people_of(
    users: UserStore,
    sessions: SessionStore,
    tokens: TokenStore,
    passwords: Passwords,
    credentials: Credentials,
    clock: Clock,
    *,
    make_certificate: Callable[[], Awaitable[None]] = nothing,
    first_join_token: Callable[[], Awaitable[str | None]] = nothing,
) -> People:
    """The last two are what else the first set-up of a server does."""
    live = Sessions(sessions, users, credentials, clock)
    accounts = Users(users, live, passwords, credentials, clock)
    door = Door(users, live, passwords, Attempts(clock), clock)
    return People(
        users=accounts,
        sessions=live,
        door=door,
        own=OwnAccount(users, live, passwords, door, clock),
        setup=FirstSetUp(accounts, credentials, make_certificate, first_join_token),
        last_uses=LastUses(credentials, tokens, live),
        passwords=passwords,
    )
