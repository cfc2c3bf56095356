"""The OpenAPI document: FastAPI knows the paths, the wire structs are the schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI, Path

from microsip_manager.server.heartbeat_door import ACCEPTED
from microsip_manager.wire.audit import AuditCheck, AuditRecord
from microsip_manager.wire.bulk import BulkAnswer, ClientResult, ShowMany, SwitchMany
from microsip_manager.wire.calls import Call, CallsTaken
from microsip_manager.wire.clients import ClientState, ClientStatus
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.desired import ClientWish, WishDnd
from microsip_manager.wire.enrolment import (
    Agent,
    Asked,
    AskToJoin,
    CreatedJoinToken,
    Enrol,
    Enrolled,
    JoinTokenState,
    NewJoinToken,
    NewKey,
    PendingAgent,
)
from microsip_manager.wire.events import (
    AgentChanged,
    CallStored,
    ClientChanged,
    CommandEnded,
    EventKind,
    Snapshot,
    StreamEnd,
)
from microsip_manager.wire.groups import ChangeLabels, ChangeMembers, Group, GroupSize, Labels, SetGroup
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.identity import CreatedToken, NewToken, Token
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.names import HOSTNAME_LIMIT
from microsip_manager.wire.paths import HEARTBEAT
from microsip_manager.wire.people import (
    ChangePassword,
    ChangeUser,
    ConfirmSecondFactor,
    NewUser,
    RemoveSecondFactor,
    SecondFactor,
    SessionInfo,
    SetUp,
    SetUpServer,
    SignIn,
    User,
)
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer
from microsip_manager.wire.phonebook import Directory
from microsip_manager.wire.privacy import PrivacyErasure, PrivacyErasureReport, PrivacyExport, PrivacySubject
from microsip_manager.wire.problems import CONTENT_TYPE, STATUS_OF, Problem, ProblemCode
from microsip_manager.wire.schedules import PlannedRun, Run, Schedule, SetSchedule
from microsip_manager.wire.server_state import ServerState
from microsip_manager.wire.stats import Stats
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand
from microsip_manager.wire.webhooks import CreatedWebhook, Delivery, NewWebhook, Webhook

MESSAGES = (
    Heartbeat,
    ClientState,
    ClientStatus,
    WishDnd,
    DndAnswer,
    ClientWish,
    TelephoneCommand,
    TelephoneAnswer,
    GetSetting,
    SettingsAnswer,
    DisplayMessage,
    MessageAnswer,
    MessageReport,
    CommandRecord,
    Call,
    CallsTaken,
    Stats,
    NewWebhook,
    CreatedWebhook,
    Webhook,
    Delivery,
    Directory,
    StatusChange,
    Snapshot,
    ClientChanged,
    CallStored,
    CommandEnded,
    AgentChanged,
    StreamEnd,
    GroupSize,
    Group,
    SetGroup,
    ChangeMembers,
    Labels,
    ChangeLabels,
    SwitchMany,
    ShowMany,
    ClientResult,
    BulkAnswer,
    Schedule,
    SetSchedule,
    PlannedRun,
    Run,
    NewToken,
    CreatedToken,
    Token,
    NewUser,
    ChangeUser,
    User,
    SetUpServer,
    SetUp,
    SignIn,
    SessionInfo,
    ChangePassword,
    SecondFactor,
    ConfirmSecondFactor,
    RemoveSecondFactor,
    AuditRecord,
    AuditCheck,
    ServerState,
    PrivacySubject,
    PrivacyExport,
    PrivacyErasure,
    PrivacyErasureReport,
    NewJoinToken,
    CreatedJoinToken,
    JoinTokenState,
    Enrol,
    Enrolled,
    AskToJoin,
    Asked,
    NewKey,
    Agent,
    PendingAgent,
    Problem,
)

EXAMPLE_JOIN_TOKEN: dict[str, Any] = {
    "id": "1f2e3d4c5b6a79880f1e2d3c4b5a6978",
    "name": "office in Kazan",
    "uses": 40,
    "used": 0,
    "created_at": "2026-03-02T08:00:00Z",
    "created_by": "user anna",
    "expires_at": "2026-03-04T08:00:00Z",
}
EXAMPLE_AGENT: dict[str, Any] = {
    "id": "2f3e4d5c6b7a89900f1e2d3c4b5a6978",
    "name": "NIKITA",
    "hostname": "NIKITA",
    "session_user": "nikita",
    "address": "172.16.99.45",
    "enrolled_at": "2026-03-02T08:10:00Z",
    "enrolled_by": "join token office in Kazan",
    "key_since": "2026-03-02T08:10:00Z",
    "last_used_at": "2026-03-02T08:15:10Z",
}
EXAMPLE_PENDING: dict[str, Any] = {
    "id": "3f4e5d6c7b8a9900f1e2d3c4b5a69780",
    "code": "K7WQ2M",
    "hostname": "OLGA",
    "session_user": "olga",
    "address": "172.16.99.46",
    "asked_at": "2026-03-02T08:10:00Z",
    "expires_at": "2026-03-03T08:10:00Z",
}

EXAMPLE_TOKEN: dict[str, Any] = {
    "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "name": "nightly report",
    "role": "viewer",
    "groups": [],
    "created_at": "2026-03-02T08:00:00Z",
    "created_by": "user anna",
    "expires_at": "2027-03-02T08:00:00Z",
    "last_used_at": None,
}
EXAMPLE_USER: dict[str, Any] = {
    "id": "5b8f2c1d0e9a47768291a3b4c5d6e7f8",
    "name": "anna",
    "role": "operator",
    "groups": ["Sales"],
    "disabled": False,
    "second_factor": True,
    "created_at": "2026-03-02T08:00:00Z",
}
EXAMPLE_ADMIN = {**EXAMPLE_USER, "role": "admin", "groups": [], "second_factor": False}
EXAMPLE_SESSION: dict[str, Any] = {
    "kind": "user",
    "name": "anna",
    "role": "operator",
    "groups": ["Sales"],
    "second_factor": True,
    "csrf_token": "Rr4VQn3oY1W0c9pZ2fXh8tKsLmJd5uBvEiGaNqTxCyM",
    "ends_at": "2026-03-03T08:00:00Z",
    "idle_ends_at": "2026-03-02T16:00:00Z",
}
EXAMPLE_SECOND_FACTOR = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/MicroSIP%20Manager:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=MicroSIP%20Manager",
}
EXAMPLE_AUDIT_RECORD: dict[str, Any] = {
    "seq": 1027,
    "at": "2026-03-02T08:15:30.123456Z",
    "who": "token nightly report",
    "who_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "address": "192.0.2.10",
    "what": "POST /api/clients/{hostname}/set_dnd",
    "hostname": "NIKITA",
    "target": "",
    "before": {"dnd": False},
    "after": {"dnd": True, "outcome": "applied"},
    "numbers": [],
    "status": 200,
    "outcome": "ok",
    "times": 1,
    "since": None,
    "request_id": "5b1f0c9a3e7d2468000000000403",
    "hash": "9f2c0c6e5f0a4b7d8e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f",
}
EXAMPLE_AUDIT_CSV = (
    "seq,at,who,who_id,address,what,hostname,target,before,after,numbers,status,outcome,times,since,request_id,hash\r\n"
)
EXAMPLE_AUDIT_CHECK: dict[str, Any] = {
    "ok": True,
    "rows": 1027,
    "first": 1,
    "last": 1027,
    "hash": EXAMPLE_AUDIT_RECORD["hash"],
    "broken": [],
}
EXAMPLE_PHONE = {
    "registration": "registered",
    "registration_text": "",
    "call": {"state": "in_call", "since": "2026-03-02T08:13:05Z", "direction": "incoming", "number": "…45"},
    "away": False,
    "auto_answer": False,
    "answers_after": None,
    "forwarding": False,
    "forwards_after": None,
    "deny_incoming": "button",
    "call_waiting": False,
    "rings_silently": False,
    "microsip_version": "3.22.3",
    "copies": 1,
    "detail": "",
}
EXAMPLE_CLIENT = {
    "hostname": "NIKITA",
    "extension": "485",
    "status": "online",
    "status_since": "2026-03-02T08:01:12.402117Z",
    "last_seen": "2026-03-02T08:15:30.123456Z",
    "address": "192.0.2.17",
    "port": 8084,
    "agent_version": "0.1.0",
    "simulated": False,
    "agent": "connected",
    "phone": EXAMPLE_PHONE,
    "no_ring_reason": "There is a call already, and MicroSIP is set to take no second one.",
    "no_ring_code": "no_second_call",
    "desired": None,
    "also_at": "",
    "clone": False,
}
EXAMPLE_COMMAND = {
    "id": "7f3c1a0de5b94c6f8a2d90b1c4e6f708",
    "hostname": "NIKITA",
    "command": "set_dnd on",
    "issuer": "192.0.2.10",
    "way": "link",
    "asked_at": "2026-03-02T08:15:30.123456Z",
    "deadline": "2026-03-02T08:15:40.123456Z",
    "outcome": "applied",
    "ended_at": "2026-03-02T08:15:30.141009Z",
    "late": "",
}
EXAMPLE_STATUS = {
    "hostname": "NIKITA",
    "extension": "485",
    "status": "dnd",
    "source": "live",
    "age": 0.0,
    "last_seen": "2026-03-02T08:15:30.123456Z",
    "dnd": True,
    "detail": "",
    "phone": EXAMPLE_PHONE,
    "no_ring_reason": "Do Not Disturb is on.",
    "no_ring_code": "dnd",
}
EXAMPLE_ANSWER = {"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": ""}
EXAMPLE_TELEPHONE_ANSWER = {
    "hostname": "NIKITA",
    "action": "dial",
    "outcome": "taken",
    "detail": "MicroSIP has taken the command; it does not tell what becomes of it",
}
EXAMPLE_WISH_DND = {"enabled": True, "for": "30m", "reason": "lunch", "queue_for": "8h"}
EXAMPLE_DESIRED = {
    "enabled": True,
    "state": "queued",
    "asked_at": "2026-03-02T08:15:30.123456Z",
    "until": None,
    "lasts": 1800,
    "queued_until": "2026-03-02T16:15:30.123456Z",
    "reason": "lunch",
    "enforce": False,
    "detail": "",
}
EXAMPLE_QUEUED = {
    "hostname": "NIKITA",
    "outcome": "queued",
    "dnd": None,
    "detail": "the PC is off, or MicroSIP closed",
    "wish": EXAMPLE_DESIRED,
}
EXAMPLE_CLIENT_WISH = {
    "hostname": "NIKITA",
    "desired": EXAMPLE_DESIRED,
    "ended": [
        {
            "enabled": True,
            "ended": "by_user",
            "asked_at": "2026-03-01T13:00:00Z",
            "ended_at": "2026-03-01T13:41:07.402117Z",
            "until": "2026-03-01T14:00:00Z",
            "reason": "lunch",
            "enforce": False,
            "detail": "",
        }
    ],
}
EXAMPLE_SETTINGS = {
    "hostname": "NIKITA",
    "ini": "C:\\Users\\nikita\\AppData\\Roaming\\MicroSIP\\MicroSIP.ini",
    "section": "Settings",
    "settings": {
        "denyIncoming": {
            "present": True,
            "value": "button",
            "default": "button",
            "meaning": "Which incoming calls are rejected",
        },
        "volumeRing": {"present": False, "default": "100", "meaning": "Volume of the ringing, in percent"},
        "usersDirectory": {
            "present": True,
            "default": "",
            "meaning": "Address of the shared directory; may hold credentials",
            "secret": True,
            "detail": "withheld: secret",
        },
    },
}
EXAMPLE_MESSAGE = {
    "title": "Maintenance",
    "text": "The telephone system restarts at 18:00.\nCalls end then.",
    "severity": "warning",
    "timeout": 300,
    "buttons": ["Understood", "Call me"],
}
EXAMPLE_MESSAGE_ANSWER = {
    "hostname": "NIKITA",
    "id": "0f3c2a9d5b7e4c18a6d2e0f493b7c581",
    "outcome": "shown",
    "detail": "",
}
EXAMPLE_MESSAGE_REPORT = {
    "hostname": "NIKITA",
    "id": "0f3c2a9d5b7e4c18a6d2e0f493b7c581",
    "state": "answered",
    "button": "Understood",
    "queued_at": "2026-03-02T08:15:30.123456Z",
    "shown_at": "2026-03-02T08:15:30.201845Z",
    "ended_at": "2026-03-02T08:15:41.733010Z",
    "detail": "",
}
EXAMPLE_CALL = {
    "id": "5f0c1a6b7d8e9f00112233445566778a",
    "hostname": "NIKITA",
    "extension": "485",
    "key": 17,
    "number": "486",
    "name": "Olga",
    "direction": "outgoing",
    "started_at": "2026-03-02T08:01:12Z",
    "duration": 154,
    "info": "Call Ended",
    "ended": True,
}
EXAMPLE_CHANGE = {"id": 1027, "before": "online", "after": "dnd", "at": "2026-03-02T08:15:30.123456Z"}
EXAMPLE_DIRECTORY = {
    "refresh": 10,
    "silent": 1,
    "presence": [
        {"number": "485", "status": "online", "info": ""},
        {"number": "486", "status": "busy", "info": "DND"},
    ],
    "items": [
        {"name": "NIKITA", "number": "485", "presence": 0},
        {"name": "OLGA", "number": "486", "presence": 0},
    ],
}
EXAMPLE_WEBHOOK = {
    "id": "3a0d5c7be81f4e0c9b2d6f5e4a7c1d88",
    "url": "https://hooks.example/phones",
    "kinds": ["client"],
    "created_at": "2026-03-02T08:15:30.123456Z",
    "waiting": 0,
    "dead": 1,
    "lost": 0,
}
EXAMPLE_CREATED_WEBHOOK = {
    "id": "3a0d5c7be81f4e0c9b2d6f5e4a7c1d88",
    "url": "https://hooks.example/phones",
    "kinds": ["client"],
    "created_at": "2026-03-02T08:15:30.123456Z",
    "secret": "whsec_c2hvd24gb25jZSBhbmQgbmV2ZXIgYWdhaW4hISEhISE=",
}
EXAMPLE_DELIVERY = {
    "id": "msg_9c2f6a1e0b7d4c3f8e5a9d0b1c2e3f40",
    "kind": "client",
    "state": "waiting",
    "attempts": 2,
    "created_at": "2026-03-02T08:15:30.123456Z",
    "next_at": "2026-03-02T08:15:51.400212Z",
    "last_at": "2026-03-02T08:15:36.400212Z",
    "last_status": 500,
    "detail": "the receiver answered with HTTP status 500",
}
EXAMPLE_CSV = (
    "started_at,hostname,extension,direction,number,name,duration,ended,info,id\r\n"
    "2026-03-02 08:01:12,NIKITA,485,outgoing,486,Olga,154,true,Call Ended,5f0c1a6b7d8e9f00112233445566778a\r\n"
)

EXAMPLE_EVENTS = """retry: 3000

id: 1f0c9a3e-1026
event: snapshot
data: {"event":"snapshot","clients":[]}

id: 1f0c9a3e-1027
event: client
data: {"event":"client","client":{"hostname":"NIKITA","extension":"485","status":"dnd",\
"status_since":"2026-03-02T08:15:30.123456Z","last_seen":"2026-03-02T08:15:30.123456Z","address":"192.0.2.17",\
"port":8084,"agent_version":"0.1.0","simulated":false},"before":"online"}

: nothing new

"""

Responses = dict[int | str, dict[str, Any]]


def ref(message: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{message.__name__}"}


def list_of(message: type[msgspec.Struct]) -> dict[str, Any]:
    return {"type": "array", "items": ref(message)}


def body(message: type[msgspec.Struct], example: object, *, required: bool = True) -> dict[str, Any]:
    """The `openapi_extra` of an operation that reads this message itself."""
    content = {"application/json": {"schema": ref(message), "example": example}}
    return {"requestBody": {"required": required, "content": content}}


def name_in_path(what: str, example: str) -> Any:
    """The parameter `name` of an operation on something that people have named."""
    return Path(
        min_length=1,
        max_length=HOSTNAME_LIMIT,
        description=f"Name of the {what}, percent-encoded; upper and lower case are the same.",
        examples=[example],
    )


def responses(
    description: str, schema: dict[str, Any], example: object, *errors: ProblemCode, status: int = 200
) -> Responses:
    """The `responses` of one operation: its success and the problems it can answer with."""
    found: Responses = {
        status: {
            "description": description,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    }
    for code in (
        *errors,
        ProblemCode.NOT_SIGNED_IN,
        ProblemCode.NOT_ALLOWED,
        ProblemCode.TOO_MANY_REQUESTS,
        ProblemCode.NEEDS_TLS,
        ProblemCode.PROTECTED_MODE,
    ):
        failed = STATUS_OF[code]
        entry = found.setdefault(
            failed.value,
            {
                "description": failed.phrase,
                "content": {CONTENT_TYPE: {"schema": ref(Problem), "examples": {}}},
            },
        )
        example_of_code = {"code": code.value, "title": failed.phrase, "status": failed.value, "detail": "…"}
        entry["content"][CONTENT_TYPE]["examples"][code.value] = {"value": {**example_of_code, "type": "about:blank"}}
    return found


def paged(description: str, item: dict[str, Any], example: object, *errors: ProblemCode) -> Responses:
    """The `responses` of an operation that answers with a page of items."""
    found = responses(description, {"type": "array", "items": item}, [example], *errors)
    found[200]["headers"] = {
        "Link": {
            "description": 'The next page, as `<…>; rel="next"` (RFC 8288); missing on the last one.',
            "schema": {"type": "string"},
        }
    }
    return found


def install(app: FastAPI) -> None:
    """Make the application serve this document."""
    generate: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            _, schemas = msgspec.json.schema_components(
                (*MESSAGES, EventKind), ref_template="#/components/schemas/{name}"
            )
            document.setdefault("components", {})["schemas"] = schemas
            queued = document["paths"]["/api/clients/{hostname}/set_dnd"]["post"]["responses"]["202"]
            queued["content"]["application/json"]["example"] = EXAMPLE_QUEUED  # FastAPI leaves out what is null
            document["paths"] = {HEARTBEAT: {"post": _heartbeat()}, **document["paths"]}
        return app.openapi_schema or document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI documents replacing it as the way to extend


def _heartbeat() -> dict[str, Any]:
    """The operation that `HeartbeatDoor` serves and FastAPI therefore does not know."""
    answers = responses(
        "Taken.",
        {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]},
        msgspec.json.decode(ACCEPTED),
        ProblemCode.BAD_MESSAGE,
        ProblemCode.TOO_LARGE,
        ProblemCode.NOT_YOUR_CLIENT,
        ProblemCode.TOO_MANY_CLIENTS,
    )
    return {
        "tags": ["agents"],
        "summary": "Take a heartbeat",
        "description": "Sent by every agent each seven seconds while MicroSIP runs. The server keeps the "
        "address it came from; nothing in the body can name another one.",
        "operationId": "heartbeat",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": ref(Heartbeat),
                    "example": {"hostname": "NIKITA", "extension": "485", "status": 0},
                }
            },
        },
        "responses": {str(status): answer for status, answer in answers.items()},
    }
