"""Errors as they travel: RFC 9457 problem details with a stable code."""

from __future__ import annotations

import enum
from http import HTTPStatus

from msgspec import Struct, structs

from microsip_manager.wire.codec import Decoder, encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.messages import MessageAnswer
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneOutcome

CONTENT_TYPE = "application/problem+json"


class ProblemCode(enum.Enum):
    """Stable names for programs; the status and the words may be refined, these stay."""

    BAD_MESSAGE = "bad-message"
    TOO_LARGE = "too-large"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    UNKNOWN_CLIENT = "unknown-client"
    TOO_MANY_CLIENTS = "too-many-clients"
    TOO_MANY_READERS = "too-many-readers"
    UNKNOWN_GROUP = "unknown-group"
    UNKNOWN_SCHEDULE = "unknown-schedule"
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - a name for programs, not a secret
    UNKNOWN_USER = "unknown-user"
    USER_EXISTS = "user-exists"
    LAST_ADMIN = "last-admin"
    SET_UP_ALREADY = "set-up-already"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a name for programs, not a secret
    SECOND_FACTOR = "second-factor"
    CSRF = "csrf"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    TOO_BUSY = "too-busy"
    TOO_FEW_AVAILABLE = "too-few-available"
    WRONG_CLIENT = "wrong-client"
    PROTECTED_MODE = "protected-mode"
    FOREIGN_ORIGIN = "foreign-origin"
    NOT_SIGNED_IN = "not-signed-in"
    NOT_ALLOWED = "not-allowed"
    TOO_MANY_REQUESTS = "too-many-requests"
    BAD_SIGNATURE = "bad-signature"
    NEEDS_TLS = "needs-tls"
    NOT_YOUR_CLIENT = "not-your-client"
    JOIN_TOKEN_REFUSED = "join-token-refused"  # noqa: S105 - a name for programs, not a secret
    UNKNOWN_AGENT = "unknown-agent"
    TOO_MANY_WAITING = "too-many-waiting"
    DND_UNSUPPORTED = "dnd-unsupported"
    NOT_RUNNING = "not-running"
    HUNG = "hung"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    UNKNOWN_SETTING = "unknown-setting"
    INI_UNREADABLE = "ini-unreadable"
    UNKNOWN_MESSAGE = "unknown-message"
    MESSAGE_NOT_SHOWN = "message-not-shown"
    TELEPHONE_UNSUPPORTED = "telephone-unsupported"
    NOT_REGISTERED = "not-registered"
    IN_CALL = "in-call"
    PHONE_NOT_READY = "phone-not-ready"
    NOT_STARTED = "not-started"
    UNKNOWN_WEBHOOK = "unknown-webhook"
    UNKNOWN_DELIVERY = "unknown-delivery"
    TOO_MANY_WEBHOOKS = "too-many-webhooks"
    NOT_READY = "not-ready"
    INTERNAL = "internal"


STATUS_OF: dict[ProblemCode, HTTPStatus] = {
    ProblemCode.BAD_MESSAGE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ProblemCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ProblemCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ProblemCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ProblemCode.UNKNOWN_CLIENT: HTTPStatus.NOT_FOUND,
    ProblemCode.TOO_MANY_CLIENTS: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.TOO_MANY_READERS: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.UNKNOWN_GROUP: HTTPStatus.NOT_FOUND,
    ProblemCode.UNKNOWN_SCHEDULE: HTTPStatus.NOT_FOUND,
    ProblemCode.UNKNOWN_TOKEN: HTTPStatus.NOT_FOUND,
    ProblemCode.UNKNOWN_USER: HTTPStatus.NOT_FOUND,
    ProblemCode.USER_EXISTS: HTTPStatus.CONFLICT,
    ProblemCode.LAST_ADMIN: HTTPStatus.CONFLICT,
    ProblemCode.SET_UP_ALREADY: HTTPStatus.CONFLICT,
    ProblemCode.WRONG_PASSWORD: HTTPStatus.UNAUTHORIZED,
    ProblemCode.SECOND_FACTOR: HTTPStatus.UNAUTHORIZED,
    ProblemCode.CSRF: HTTPStatus.FORBIDDEN,
    ProblemCode.TOO_MANY_ATTEMPTS: HTTPStatus.TOO_MANY_REQUESTS,
    ProblemCode.TOO_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.TOO_FEW_AVAILABLE: HTTPStatus.CONFLICT,
    ProblemCode.WRONG_CLIENT: HTTPStatus.CONFLICT,
    ProblemCode.PROTECTED_MODE: HTTPStatus.FORBIDDEN,
    ProblemCode.FOREIGN_ORIGIN: HTTPStatus.FORBIDDEN,
    ProblemCode.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    ProblemCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ProblemCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    ProblemCode.BAD_SIGNATURE: HTTPStatus.FORBIDDEN,
    ProblemCode.NEEDS_TLS: HTTPStatus.FORBIDDEN,
    ProblemCode.NOT_YOUR_CLIENT: HTTPStatus.FORBIDDEN,
    ProblemCode.JOIN_TOKEN_REFUSED: HTTPStatus.FORBIDDEN,
    ProblemCode.UNKNOWN_AGENT: HTTPStatus.NOT_FOUND,
    ProblemCode.TOO_MANY_WAITING: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.DND_UNSUPPORTED: HTTPStatus.CONFLICT,
    ProblemCode.NOT_RUNNING: HTTPStatus.CONFLICT,
    ProblemCode.HUNG: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.DENIED: HTTPStatus.CONFLICT,
    ProblemCode.UNREACHABLE: HTTPStatus.GATEWAY_TIMEOUT,
    ProblemCode.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    ProblemCode.UNKNOWN_SETTING: HTTPStatus.NOT_FOUND,
    ProblemCode.INI_UNREADABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.UNKNOWN_MESSAGE: HTTPStatus.NOT_FOUND,
    ProblemCode.MESSAGE_NOT_SHOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.TELEPHONE_UNSUPPORTED: HTTPStatus.CONFLICT,
    ProblemCode.NOT_REGISTERED: HTTPStatus.CONFLICT,
    ProblemCode.IN_CALL: HTTPStatus.CONFLICT,
    ProblemCode.PHONE_NOT_READY: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.NOT_STARTED: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.UNKNOWN_WEBHOOK: HTTPStatus.NOT_FOUND,
    ProblemCode.UNKNOWN_DELIVERY: HTTPStatus.NOT_FOUND,
    ProblemCode.TOO_MANY_WEBHOOKS: HTTPStatus.CONFLICT,
    ProblemCode.NOT_READY: HTTPStatus.SERVICE_UNAVAILABLE,
    ProblemCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}

CODE_OF_OUTCOME: dict[DndOutcome, ProblemCode] = {
    DndOutcome.UNSUPPORTED: ProblemCode.DND_UNSUPPORTED,
    DndOutcome.NOT_RUNNING: ProblemCode.NOT_RUNNING,
    DndOutcome.HUNG: ProblemCode.HUNG,
    DndOutcome.DENIED: ProblemCode.DENIED,
    DndOutcome.UNREACHABLE: ProblemCode.UNREACHABLE,
    DndOutcome.TIMEOUT: ProblemCode.TIMEOUT,
}

CODE_OF_TELEPHONE: dict[TelephoneOutcome, ProblemCode] = {
    TelephoneOutcome.UNSUPPORTED: ProblemCode.TELEPHONE_UNSUPPORTED,
    TelephoneOutcome.NOT_RUNNING: ProblemCode.NOT_RUNNING,
    TelephoneOutcome.NOT_REGISTERED: ProblemCode.NOT_REGISTERED,
    TelephoneOutcome.IN_CALL: ProblemCode.IN_CALL,
    TelephoneOutcome.NOT_READY: ProblemCode.PHONE_NOT_READY,
    TelephoneOutcome.NOT_STARTED: ProblemCode.NOT_STARTED,
    TelephoneOutcome.HUNG: ProblemCode.HUNG,
    TelephoneOutcome.DENIED: ProblemCode.DENIED,
    TelephoneOutcome.UNREACHABLE: ProblemCode.UNREACHABLE,
    TelephoneOutcome.TIMEOUT: ProblemCode.TIMEOUT,
}


class Problem(Struct, frozen=True, omit_defaults=True):
    """The body of every error answer. A command that failed carries its answer beside the standard members."""

    code: str
    title: str
    status: int
    detail: str
    type: str = "about:blank"
    hostname: str | None = None
    outcome: str | None = None
    """A `DndOutcome`, a `MessageOutcome` or a `TelephoneOutcome`."""
    dnd: bool | None = None
    id: str | None = None
    """Of a message, which can be asked for by it."""

    def encode(self) -> bytes:
        return encode(self)


def problem(code: ProblemCode, detail: str, hostname: str | None = None, message: str | None = None) -> Problem:
    """A problem of this kind; `hostname` and `message`, an id, say whom or what it is about."""
    status = STATUS_OF[code]
    return Problem(
        code=code.value, title=status.phrase, status=status.value, detail=detail, hostname=hostname, id=message
    )


def dnd_problem(answer: DndAnswer) -> Problem:
    """The problem that tells of a DND answer whose outcome is not a success."""
    code = CODE_OF_OUTCOME[answer.outcome]
    status = STATUS_OF[code]
    return Problem(
        code=code.value,
        title=status.phrase,
        status=status.value,
        detail=answer.detail,
        hostname=answer.hostname,
        outcome=answer.outcome.value,
        dnd=answer.dnd,
    )


def message_problem(answer: MessageAnswer) -> Problem:
    """The problem that tells of a message that is not shown."""
    told = problem(ProblemCode.MESSAGE_NOT_SHOWN, answer.detail, answer.hostname, answer.id)
    return structs.replace(told, outcome=answer.outcome.value)


def telephone_problem(answer: TelephoneAnswer) -> Problem:
    """The problem that tells of a telephone command whose outcome is not a success."""
    told = problem(CODE_OF_TELEPHONE[answer.outcome], answer.detail, answer.hostname)
    return structs.replace(told, outcome=answer.outcome.value)


decode_problem = Decoder(Problem)
