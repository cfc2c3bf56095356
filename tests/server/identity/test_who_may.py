"""Every endpoint and every kind of caller, against a table that is written by hand.

A new endpoint without a row fails here: whoever adds one has to say for whom it is.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from starlette.websockets import WebSocketDisconnect

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.rights import RIGHTS
from microsip_manager.server.services import Services
from microsip_manager.wire.calls import Call, CallDirection, call_id
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import SUBPROTOCOL
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of, caller_of
from tests.server.identity.test_enrolment_api import Pc, join_token, link_at
from tests.server.identity.test_guard import made, shown

pytestmark = pytest.mark.thorough

CALLERS = (
    "nobody",
    "viewer",
    "operator of another group",
    "operator",
    "admin",
    "agent of NIKITA",
    "another agent",
    "metrics",
    "wall",
)
NEVER = ("wrong token", "expired token")
"""These get 401 everywhere: whoever shows something bad is not taken for nobody."""

# + is let through, 1 has to sign in, 3 may not, > is sent to the sign-in page. In the order of CALLERS. All but the
# first show a token or a key; what belongs to a session is for people who have signed in, and not for their programs.
TABLE = """
GET       /                                                      > +++ + 33 3 3
GET       /client/{hostname}                                     > +++ + 33 3 3
GET       /calls                                                 > +++ + 33 3 3
GET       /statistics                                            > +++ + 33 3 3
GET       /groups                                                > +++ + 33 3 3
GET       /schedules                                             > +++ + 33 3 3
GET       /account                                               > +++ + 33 3 3
GET       /join                                                  > 333 + 33 3 3
GET       /agents                                                > 333 + 33 3 3
GET       /people                                                > 333 + 33 3 3
GET       /tokens                                                > 333 + 33 3 3
GET       /audit                                                 > 333 + 33 3 3
GET       /server                                                > 333 + 33 3 3
GET       /sign-in                                               + +++ + ++ + +
GET       /setup                                                 + +++ + ++ + +
GET       /wall                                                  + +++ + ++ + +
GET       /healthz                                               + +++ + ++ + +
GET       /readyz                                                + +++ + ++ + +
GET       /metrics                                               1 333 + 33 + 3
GET       /api/ca.pem                                            + +++ + ++ + +
GET       /directory/{key}/directory.json                        + +++ + ++ + +
GET       /docs                                                  1 +++ + 33 3 3
GET       /docs/oauth2-redirect                                  1 +++ + 33 3 3
GET       /openapi.json                                          1 +++ + 33 3 3
HEAD      /openapi.json                                          1 +++ + 33 3 3
GET       /static-offline-docs/{file}                            1 +++ + 33 3 3
POST      /api/heartbeat                                         1 333 3 +3 3 3
POST      /api/calls                                             1 333 + +3 3 3
POST      /api/agents/enrol                                      + +++ + ++ + +
POST      /api/agents/ask                                        + +++ + ++ + +
POST      /api/agents/key                                        1 333 3 ++ 3 3
GET       /api/clients                                           1 +++ + 33 3 3
GET       /api/clients/{hostname}                                1 +++ + 33 3 3
GET       /api/clients/{hostname}/status                         1 +++ + 33 3 3
GET       /api/clients/{hostname}/wish                           1 +++ + 33 3 3
GET       /api/clients/{hostname}/history                        1 +++ + 33 3 3
GET       /api/clients/{hostname}/labels                         1 +++ + 33 3 3
GET       /api/clients/{hostname}/commands                       1 +++ + 33 3 3
GET       /api/clients/{hostname}/messages/{id}                  1 +++ + 33 3 3
GET       /api/groups                                            1 +++ + 33 3 3
GET       /api/groups/{name}                                     1 +++ + 33 3 3
GET       /api/schedules                                         1 +++ + 33 3 3
GET       /api/schedules/{name}                                  1 +++ + 33 3 3
GET       /api/schedules/{name}/preview                          1 +++ + 33 3 3
GET       /api/schedules/{name}/runs                             1 +++ + 33 3 3
GET       /api/calls                                             1 +++ + 33 3 3
GET       /api/stats                                             1 +++ + 33 3 3
GET       /api/events                                            1 +++ + 33 3 3
GET       /api/wall                                              1 +++ + 33 3 +
POST      /api/clients/{hostname}/set_dnd                        1 33+ + 33 3 3
DELETE    /api/clients/{hostname}/wish                           1 33+ + 33 3 3
POST      /api/clients/{hostname}/get_setting                    1 33+ + 33 3 3
POST      /api/clients/{hostname}/display_message                1 33+ + 33 3 3
POST      /api/clients/{hostname}/telephone                      1 33+ + 33 3 3
POST      /api/clients/set_dnd                                   1 33+ + 33 3 3
POST      /api/clients/display_message                           1 33+ + 33 3 3
PATCH     /api/clients/{hostname}/labels                         1 333 + 33 3 3
PUT       /api/groups/{name}                                     1 333 + 33 3 3
PATCH     /api/groups/{name}/members                             1 333 + 33 3 3
DELETE    /api/groups/{name}                                     1 333 + 33 3 3
PUT       /api/schedules/{name}                                  1 333 + 33 3 3
DELETE    /api/schedules/{name}                                  1 333 + 33 3 3
GET       /api/webhooks                                          1 333 + 33 3 3
POST      /api/webhooks                                          1 333 + 33 3 3
DELETE    /api/webhooks/{id}                                     1 333 + 33 3 3
GET       /api/webhooks/{id}/deliveries                          1 333 + 33 3 3
POST      /api/webhooks/{id}/deliveries/{delivery_id}/redeliver  1 333 + 33 3 3
POST      /api/setup                                             + +++ + ++ + +
POST      /api/session                                           + +++ + ++ + +
GET       /api/session                                           1 +++ + 33 3 3
DELETE    /api/session                                           1 +++ + 33 3 3
DELETE    /api/session/all                                       1 333 3 33 3 3
POST      /api/session/password                                  1 +++ + 33 3 3
POST      /api/session/totp                                      1 333 3 33 3 3
PUT       /api/session/totp                                      1 +++ + 33 3 3
DELETE    /api/session/totp                                      1 +++ + 33 3 3
GET       /api/users                                             1 333 + 33 3 3
POST      /api/users                                             1 333 + 33 3 3
PATCH     /api/users/{name}                                      1 333 + 33 3 3
DELETE    /api/users/{name}                                      1 333 + 33 3 3
GET       /api/tokens                                            1 333 + 33 3 3
POST      /api/tokens                                            1 333 + 33 3 3
DELETE    /api/tokens/{id}                                       1 333 + 33 3 3
GET       /api/join-tokens                                       1 333 + 33 3 3
POST      /api/join-tokens                                       1 333 + 33 3 3
DELETE    /api/join-tokens/{id}                                  1 333 + 33 3 3
GET       /api/agents                                            1 333 + 33 3 3
DELETE    /api/agents/{id}                                       1 333 + 33 3 3
GET       /api/agents/pending                                    1 333 + 33 3 3
POST      /api/agents/pending/{id}/approve                       1 333 + 33 3 3
POST      /api/agents/pending/{id}/refuse                        1 333 + 33 3 3
GET       /api/audit                                             1 333 + 33 3 3
GET       /api/audit/check                                       1 333 + 33 3 3
GET       /api/server                                            1 333 + 33 3 3
POST      /api/privacy/export                                    1 333 + 33 3 3
POST      /api/privacy/erase                                     1 333 + 33 3 3
"""

AT = HandClock().now()
CALL = Call(call_id("NIKITA", 1, 1), "NIKITA", "485", 1, "+74950000042", "", CallDirection.MISSED, AT, 0, "", True)
BODIES = {
    ("POST", "/api/heartbeat"): encode(beat_of("NIKITA")),
    ("POST", "/api/calls"): encode([CALL]),
    ("POST", "/api/clients/set_dnd"): b'{"enabled": true, "hostnames": ["NIKITA"], "dry_run": true}',
    ("POST", "/api/clients/display_message"): b'{"message": {"text": "x"}, "hostnames": ["NIKITA"], "dry_run": true}',
}
"""Of those where it tells whose client is meant; the others get a body that nobody can use, and change nothing."""

STREAMS = ("/api/events", "/api/wall")


def rows() -> dict[tuple[str, str], str]:
    found = {}
    for line in TABLE.strip().splitlines():
        method, path, *marks = line.split()
        found[method, path] = "".join(marks)
    return found


ROWS = rows()


class Callers:
    """One of each kind, at a server that was set up."""

    def __init__(self, services: Services, clock: HandClock) -> None:
        self.api, self._clock = caller_of(services), clock
        admin = shown(made(self.api, "admin"))
        self.api.put("/api/groups/Sales", headers=admin, json={"members": ["NIKITA"]})
        self.api.put("/api/groups/Support", headers=admin, json={"members": ["OLGA"]})
        self.shown: dict[str, dict[str, str]] = {
            "nobody": {},
            "admin": admin,
            "wrong token": shown("mmt_guessed"),
            "expired token": self._token(
                admin, role="admin", expires_at=(clock.now() + timedelta(hours=1)).isoformat()
            ),
            "viewer": self._token(admin, role="viewer"),
            "operator": self._token(admin, role="operator", groups=["Sales"]),
            "operator of another group": self._token(admin, role="operator", groups=["Support"]),
            "metrics": self._token(admin, role="metrics"),
            "wall": self._token(admin, role="wall"),
        }
        for name, hostname in (("agent of NIKITA", "NIKITA"), ("another agent", "OLGA")):
            pc = Pc(self.api, hostname)
            assert pc.enrol(join_token(self.api, admin)).status_code == 200
            self.shown[name] = shown(pc.key)
        clock.forward(seconds=3600)

    def _token(self, admin: dict[str, str], **wish: object) -> dict[str, str]:
        answer = self.api.post("/api/tokens", headers=admin, json={"name": "of a test", **wish})
        assert answer.status_code == 201, answer.text
        return shown(answer.json()["token"])

    def mark(self, caller: str, method: str, path: str) -> str:
        """How the server takes a request of this caller."""
        self._clock.forward(seconds=1)  # else a stranger asks too often
        where = path.replace("{hostname}", "NIKITA").replace("{name}", "Nothing")
        where = re.sub(r"\{\w*id\}", "0" * 32, where)
        where = re.sub(r"\{\w+\}", "nothing", where)
        if path in STREAMS:
            where += "?nonsense=1"  # else the answer has no end
        body = BODIES.get((method, path), b"[]") if method not in ("GET", "HEAD") else b""
        answer = self.api.request(method, where, headers=self.shown[caller], content=body, follow_redirects=False)
        assert answer.status_code < 500 or answer.status_code in (503, 504), answer.text
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in?next=")
            return ">"
        return {401: "1", 403: "3"}.get(answer.status_code, "+")


@pytest.fixture
def callers(services: Services, clock: HandClock, fleet: Fleet) -> Callers:
    for hostname in ("NIKITA", "OLGA"):
        fleet.record(beat_of(hostname), "192.0.2.17")
    return Callers(services, clock)


def test_every_endpoint_has_a_row_and_every_row_an_endpoint() -> None:
    assert set(ROWS) == {row for row in RIGHTS if row[0] != "WEBSOCKET"}


def test_every_row_has_a_mark_for_every_caller() -> None:
    assert {len(marks) for marks in ROWS.values()} == {len(CALLERS)}


def test_everybody_is_taken_as_the_table_says(callers: Callers) -> None:
    found = {
        row: "".join(callers.mark(caller, *row) for caller in CALLERS)
        for row in sorted(ROWS, key=lambda row: row[0] == "DELETE")
    }

    assert {row: (found[row], ROWS[row]) for row in ROWS if found[row] != ROWS[row]} == {}


@pytest.mark.parametrize("caller", NEVER)
def test_what_is_not_or_no_longer_good_opens_nothing_at_all(callers: Callers, caller: str) -> None:
    marks = [callers.mark(caller, *row) for row in list(ROWS)[:50]]

    assert set(marks) <= {"1", ">"}


@pytest.mark.parametrize("caller", [*CALLERS, *NEVER])
def test_only_an_agent_opens_a_link(callers: Callers, caller: str) -> None:
    def link() -> None:
        with callers.api.websocket_connect(link_at(callers.api), [SUBPROTOCOL], headers=callers.shown[caller]):
            pass

    if "agent" in caller:
        link()
    else:
        with pytest.raises(WebSocketDisconnect):
            link()
