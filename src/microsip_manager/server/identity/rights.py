"""What each endpoint asks of its caller: one table, in which every endpoint stands. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.wire.identity import Role


class Right(enum.Enum):
    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    """Any person and any program of one, whatever they may do."""
    SEE = "see"
    ACT = "act"
    """On the client named in the path."""
    ACT_ON_MANY = "act on many"
    """The endpoint itself looks whether all of them are the caller's."""
    ADMINISTER = "administer"
    AGENT = "agent"
    """The endpoint itself looks whose agent it is."""
    REPORT = "report"
    """Agents for their own client, which the endpoint looks at; administrators for all, as they import a history."""
    METRICS = "metrics"
    WALL = "wall"


RIGHTS: dict[tuple[str, str], Right] = {
    ("GET", "/"): Right.SEE,
    ("GET", "/sign-in"): Right.ANYONE,
    ("GET", "/setup"): Right.ANYONE,
    ("GET", "/wall"): Right.ANYONE,  # the page alone, which shows its link's token to the API
    ("GET", "/groups"): Right.SEE,
    ("GET", "/schedules"): Right.SEE,
    ("GET", "/client/{hostname}"): Right.SEE,
    ("GET", "/calls"): Right.SEE,
    ("GET", "/statistics"): Right.SEE,
    ("GET", "/account"): Right.SIGNED_IN,
    ("GET", "/join"): Right.ADMINISTER,
    ("GET", "/agents"): Right.ADMINISTER,
    ("GET", "/people"): Right.ADMINISTER,
    ("GET", "/tokens"): Right.ADMINISTER,
    ("GET", "/audit"): Right.ADMINISTER,
    ("GET", "/server"): Right.ADMINISTER,
    ("GET", "/healthz"): Right.ANYONE,
    ("GET", "/readyz"): Right.ANYONE,
    ("GET", "/metrics"): Right.METRICS,
    ("GET", "/api/ca.pem"): Right.ANYONE,  # a certificate is no secret
    ("GET", "/directory/{key}/directory.json"): Right.ANYONE,  # the key is in the path
    ("GET", "/docs"): Right.SIGNED_IN,
    ("GET", "/docs/oauth2-redirect"): Right.SIGNED_IN,
    ("GET", "/openapi.json"): Right.SIGNED_IN,
    ("HEAD", "/openapi.json"): Right.SIGNED_IN,
    ("GET", "/static-offline-docs/{file}"): Right.SIGNED_IN,
    ("POST", "/api/heartbeat"): Right.AGENT,
    ("WEBSOCKET", "/api/agent"): Right.AGENT,
    ("POST", "/api/calls"): Right.REPORT,
    ("POST", "/api/agents/enrol"): Right.ANYONE,  # the join token is in the body
    ("POST", "/api/agents/ask"): Right.ANYONE,  # an administrator answers
    ("POST", "/api/agents/key"): Right.AGENT,
    ("GET", "/api/clients"): Right.SEE,
    ("GET", "/api/clients/{hostname}"): Right.SEE,
    ("GET", "/api/clients/{hostname}/status"): Right.SEE,
    ("GET", "/api/clients/{hostname}/wish"): Right.SEE,
    ("GET", "/api/clients/{hostname}/history"): Right.SEE,
    ("GET", "/api/clients/{hostname}/labels"): Right.SEE,
    ("GET", "/api/clients/{hostname}/commands"): Right.SEE,
    ("GET", "/api/clients/{hostname}/messages/{id}"): Right.SEE,
    ("GET", "/api/groups"): Right.SEE,
    ("GET", "/api/groups/{name}"): Right.SEE,
    ("GET", "/api/schedules"): Right.SEE,
    ("GET", "/api/schedules/{name}"): Right.SEE,
    ("GET", "/api/schedules/{name}/preview"): Right.SEE,
    ("GET", "/api/schedules/{name}/runs"): Right.SEE,
    ("GET", "/api/calls"): Right.SEE,
    ("GET", "/api/stats"): Right.SEE,
    ("GET", "/api/events"): Right.SEE,
    ("GET", "/api/wall"): Right.WALL,
    ("POST", "/api/clients/{hostname}/set_dnd"): Right.ACT,
    ("DELETE", "/api/clients/{hostname}/wish"): Right.ACT,
    ("POST", "/api/clients/{hostname}/get_setting"): Right.ACT,
    ("POST", "/api/clients/{hostname}/display_message"): Right.ACT,
    ("POST", "/api/clients/{hostname}/telephone"): Right.ACT,
    ("POST", "/api/clients/set_dnd"): Right.ACT_ON_MANY,
    ("POST", "/api/clients/display_message"): Right.ACT_ON_MANY,
    ("PATCH", "/api/clients/{hostname}/labels"): Right.ADMINISTER,
    ("PUT", "/api/groups/{name}"): Right.ADMINISTER,
    ("PATCH", "/api/groups/{name}/members"): Right.ADMINISTER,
    ("DELETE", "/api/groups/{name}"): Right.ADMINISTER,
    ("PUT", "/api/schedules/{name}"): Right.ADMINISTER,
    ("DELETE", "/api/schedules/{name}"): Right.ADMINISTER,
    ("GET", "/api/webhooks"): Right.ADMINISTER,
    ("POST", "/api/webhooks"): Right.ADMINISTER,
    ("DELETE", "/api/webhooks/{id}"): Right.ADMINISTER,
    ("GET", "/api/webhooks/{id}/deliveries"): Right.ADMINISTER,
    ("POST", "/api/webhooks/{id}/deliveries/{delivery_id}/redeliver"): Right.ADMINISTER,
    ("POST", "/api/setup"): Right.ANYONE,  # once, and from the server's own machine
    ("POST", "/api/session"): Right.ANYONE,
    ("GET", "/api/session"): Right.SIGNED_IN,
    ("DELETE", "/api/session"): Right.SIGNED_IN,
    ("DELETE", "/api/session/all"): Right.SIGNED_IN,
    ("POST", "/api/session/password"): Right.SIGNED_IN,
    ("POST", "/api/session/totp"): Right.SIGNED_IN,
    ("PUT", "/api/session/totp"): Right.SIGNED_IN,
    ("DELETE", "/api/session/totp"): Right.SIGNED_IN,
    ("GET", "/api/users"): Right.ADMINISTER,
    ("POST", "/api/users"): Right.ADMINISTER,
    ("PATCH", "/api/users/{name}"): Right.ADMINISTER,
    ("DELETE", "/api/users/{name}"): Right.ADMINISTER,
    ("GET", "/api/tokens"): Right.ADMINISTER,
    ("POST", "/api/tokens"): Right.ADMINISTER,
    ("DELETE", "/api/tokens/{id}"): Right.ADMINISTER,
    ("GET", "/api/audit"): Right.ADMINISTER,
    ("GET", "/api/audit/check"): Right.ADMINISTER,
    ("GET", "/api/server"): Right.ADMINISTER,
    ("POST", "/api/privacy/export"): Right.ADMINISTER,
    ("POST", "/api/privacy/erase"): Right.ADMINISTER,
    ("GET", "/api/join-tokens"): Right.ADMINISTER,
    ("POST", "/api/join-tokens"): Right.ADMINISTER,
    ("DELETE", "/api/join-tokens/{id}"): Right.ADMINISTER,
    ("GET", "/api/agents"): Right.ADMINISTER,
    ("DELETE", "/api/agents/{id}"): Right.ADMINISTER,
    ("GET", "/api/agents/pending"): Right.ADMINISTER,
    ("POST", "/api/agents/pending/{id}/approve"): Right.ADMINISTER,
    ("POST", "/api/agents/pending/{id}/refuse"): Right.ADMINISTER,
}
"""By method and path. What is not here is for nobody; `test_rights` compares it with the application."""

STATIC = "/static/"
"""Below it are the files of the panel, which tell nothing of anybody."""

_PEOPLE = frozenset((Role.VIEWER, Role.OPERATOR, Role.ADMIN))
_ROLES: dict[Right, frozenset[Role]] = {
    Right.SIGNED_IN: _PEOPLE,
    Right.SEE: _PEOPLE,
    Right.ACT: frozenset((Role.OPERATOR, Role.ADMIN)),
    Right.ACT_ON_MANY: frozenset((Role.OPERATOR, Role.ADMIN)),
    Right.ADMINISTER: frozenset((Role.ADMIN,)),
    Right.REPORT: frozenset((Role.ADMIN,)),
    Right.METRICS: frozenset((Role.METRICS, Role.ADMIN)),
    Right.WALL: _PEOPLE | {Role.WALL},
}


# For the heartbeats: Python 3.11 takes 0.1 µs to reach a member through its enum.
_ANYONE, _OF_AGENT, _REPORT = Right.ANYONE, Right.AGENT, Right.REPORT
_AGENT, _OPEN = CallerKind.AGENT, CallerKind.OPEN


def has(caller: Caller, right: Right) -> bool:
    """Whether the caller has this right somewhere; in which groups is another question."""
    if right is _OF_AGENT:
        return caller.kind is _AGENT or caller.kind is _OPEN
    if right is _ANYONE or (right is _REPORT and caller.kind is _AGENT):
        return True
    return caller.role in _ROLES[right]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table, found for a request."""

    right: Right
    method: str
    path: str
    """With its parameters in braces: what the endpoint is called in the audit log."""
    hostname: str | None = None
    """The client in the path."""
    target: str = ""
    """What else the path names; never a key."""


class Endpoints:
    """Finds the row for a request. A part of a path that stands in the table goes before a parameter."""

    def __init__(self, rights: dict[tuple[str, str], Right] = RIGHTS) -> None:
        self._plain = {
            (method, path): Endpoint(right, method, path) for (method, path), right in rights.items() if "{" not in path
        }
        self._static = Endpoint(Right.ANYONE, "GET", STATIC)
        self._by_length: dict[int, list[tuple[str, list[str], Right]]] = {}
        for (method, path), right in rights.items():
            parts = path.split("/")
            self._by_length.setdefault(len(parts), []).append((method, parts, right))
        for rows in self._by_length.values():
            rows.sort(key=lambda row: sum(part.startswith("{") for part in row[1]))

    def find(self, method: str, path: str) -> Endpoint | None:
        """The endpoint that answers this, or None. `path` is decoded."""
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain
        if path.startswith(STATIC):
            return self._static
        given = path.split("/")
        for own, parts, right in self._by_length.get(len(given), ()):
            if own == method and all(a == b or (b.startswith("{") and a) for a, b in zip(given, parts, strict=True)):
                found = dict(zip(parts, given, strict=True))
                target = " ".join(found[name] for name in ("{name}", "{id}", "{delivery_id}") if name in found)
                return Endpoint(right, method, "/".join(parts), found.get("{hostname}"), target)
        return None
