"""Who may use the servers, for the command line: the first set-up, users, tokens, and signing in with a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx2

from microsip_manager.cli.fleet_client import checked
from microsip_manager.cli.server_list import ServerAnswer, ServerList
from microsip_manager.tls.trust import Trust
from microsip_manager.wire import paths
from microsip_manager.wire.codec import Decoder, encode
from microsip_manager.wire.identity import CreatedToken, Token
from microsip_manager.wire.people import SessionInfo, SetUp, User

_set_up = Decoder(SetUp)
_session = Decoder(SessionInfo)
_users = Decoder(list[User])
_user = Decoder(User)
_tokens = Decoder(list[Token])
_token = Decoder(Token)
_created = Decoder(CreatedToken)


class AccessClient:
    """Raises what `FleetClient` raises."""

    def __init__(
        self,
        servers: Sequence[str],
        timeout: float,
        transport: httpx2.BaseTransport | None = None,
        token: str = "",
        trust: Trust | None = None,
    ) -> None:
        self._servers = ServerList(servers, timeout, transport, token, trust)

    def set_up(self, name: str, password: str) -> SetUp:
        """Make the first administrator."""
        return self._ask("POST", paths.SETUP, {"name": name, "password": password}).decoded(_set_up)

    def sign_in(self, name: str, password: str, code: str = "") -> SessionInfo:
        """What follows is asked as this user; raises `Refused` with the code `second-factor` where one is wanted."""
        wish = {"name": name, "password": password, "code": code}
        session = self._ask("POST", paths.SESSION, wish).decoded(_session)
        self._servers.show({"X-CSRF-Token": session.csrf_token or ""})
        return session

    def sign_out(self) -> None:
        self._ask("DELETE", paths.SESSION)

    def users(self) -> list[User]:
        """All users by name."""
        return self._ask("GET", paths.USERS).decoded(_users)

    def make_user(self, wish: Mapping[str, Any]) -> User:
        """A new user: name, password, role, groups."""
        return self._ask("POST", paths.USERS, wish).decoded(_user)

    def change_user(self, name: str, changes: Mapping[str, Any]) -> User:
        """Change a user: role, groups, disabled, password, reset_second_factor."""
        return self._ask("PATCH", paths.user(name), changes).decoded(_user)

    def remove_user(self, name: str) -> User:
        """Remove a user; gives it as it was."""
        return self._ask("DELETE", paths.user(name)).decoded(_user)

    def tokens(self) -> list[Token]:
        """All tokens of programs, the oldest first."""
        return self._ask("GET", paths.TOKENS).decoded(_tokens)

    def make_token(self, wish: Mapping[str, Any]) -> CreatedToken:
        """A new token: name, role, groups, expires_at. The secret is in this answer only."""
        return self._ask("POST", paths.TOKENS, wish).decoded(_created)

    def revoke_token(self, id: str) -> Token:
        """Take a token back; gives it as it was."""
        return self._ask("DELETE", f"{paths.TOKENS}/{quote(id, safe='')}").decoded(_token)

    def close(self) -> None:
        self._servers.close()

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> ServerAnswer:
        # What makes or takes away is not sent twice: the second answer would call the first one's success a failure.
        content = encode(body) if body is not None else None
        return checked(self._servers.ask(method, path, body=content, repeatable=method in ("GET", "PATCH")), path)
