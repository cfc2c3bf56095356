"""Do Not Disturb of one client: switching it, perhaps for a time, and the wish that stays."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from microsip_manager.clock import Clock
from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.error_responses import json_response, problem_response
from microsip_manager.server.errors import BadRequest
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome
from microsip_manager.wire.desired import LENGTH_PATTERN, REASON_LIMIT, ClientWish, WishDnd, decode_wish_dnd, order_of
from microsip_manager.wire.problems import CODE_OF_OUTCOME, ProblemCode, dnd_problem

SWITCH = {"true": True, "false": False, "1": True, "0": False, "True": True, "False": False}
ENABLED_EXPECTED = 'enabled: expected true, false, 1, 0, True or False, in the query or as JSON {"enabled": true}'
ENFORCE_EXPECTED = "enforce: expected true, false, 1, 0, True or False"

PARAMETERS = ("enabled", "for", "until", "reason", "queue_for", "enforce")
SWITCHES = {"enabled": ENABLED_EXPECTED, "enforce": ENFORCE_EXPECTED}
"""Those of the parameters that are on or off, and what is said of a bad one."""

Enabled = Annotated[
    str | None,
    Query(
        description="On or off; this and all others may be given as JSON in the body instead.",
        examples=["true"],
        json_schema_extra={"enum": list(SWITCH)},
    ),
]
For = Annotated[
    str | None,
    Query(
        alias="for",
        description="Back after so long, from the moment at which it is set: 90s, 30m, 8h, 2d.",
        examples=["30m"],
        json_schema_extra={"pattern": LENGTH_PATTERN},
    ),
]
Until = Annotated[
    str | None,
    Query(
        max_length=40,
        description="Back at this moment, ISO 8601 with a time zone. Not together with `for`.",
        examples=["2026-03-02T14:00:00+03:00"],
    ),
]
Reason = Annotated[str | None, Query(max_length=REASON_LIMIT, description="Shown with the client.", examples=["lunch"])]
QueueFor = Annotated[
    str | None,
    Query(
        description="When the PC is off, set it when it returns within this time.",
        examples=["8h"],
        json_schema_extra={"pattern": LENGTH_PATTERN},
    ),
]
Enforce = Annotated[
    str | None,
    Query(
        description="Set it again when the user switches it.",
        examples=["true"],
        json_schema_extra={"enum": list(SWITCH)},
    ),
]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": openapi.ref(WishDnd), "example": openapi.EXAMPLE_WISH_DND}},
    }
}


def dnd_router(wishes: Wishes, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["clients"])

    # The parameters are in the signature for the document; they are read from the request, with the body.
    @router.post(
        "/api/clients/{hostname}/set_dnd",
        summary="Switch Do Not Disturb",
        description="Sets, never toggles: repeating it is harmless. A failed command answers with a problem "
        "that carries the `outcome`. With `for`, `until` or `enforce` the wish stays with the server until it ends, "
        "and with `queue_for` it waits for a PC that is off. A newer wish takes the place of an older one.",
        response_class=Response,
        openapi_extra=BODY,
        responses=openapi.responses(
            "`applied`, or `already` when nothing had to be done.",
            openapi.ref(DndAnswer),
            openapi.EXAMPLE_ANSWER,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            *CODE_OF_OUTCOME.values(),
            ProblemCode.NOT_READY,
        )
        | {
            202: {
                "description": "`queued`: the PC is off, and is waited for.",
                "content": {"application/json": {"schema": openapi.ref(DndAnswer), "example": openapi.EXAMPLE_QUEUED}},
            }
        },
    )
    async def set_dnd(
        request: Request,
        hostname: Hostname,
        enabled: Enabled = None,
        lasts: For = None,
        until: Until = None,
        reason: Reason = None,
        queue_for: QueueFor = None,
        enforce: Enforce = None,
    ) -> Response:
        answer = await wishes.set_dnd(hostname, order_of(await _wanted(request), clock.now()))
        if answer.outcome is DndOutcome.QUEUED:
            return json_response(answer, 202)
        return json_response(answer) if answer.outcome.is_success else problem_response(dnd_problem(answer))

    @router.get(
        "/api/clients/{hostname}/wish",
        summary="Show what is wished for the DND of a client",
        description="The wish that holds, and the last 20 that ended.",
        response_class=Response,
        responses=_wish_responses(),
    )
    async def show_wish(hostname: Hostname) -> Response:
        return json_response(await wishes.of(hostname))

    @router.delete(
        "/api/clients/{hostname}/wish",
        summary="Cancel the wish for the DND of a client",
        description="It ends now, as if its time was over: DND goes back. Harmless when there is none.",
        response_class=Response,
        responses=_wish_responses(),
    )
    async def cancel_wish(hostname: Hostname) -> Response:
        return json_response(await wishes.cancel(hostname))

    return router


def _wish_responses() -> openapi.Responses:
    return openapi.responses(
        "The wishes of the client.",
        openapi.ref(ClientWish),
        openapi.EXAMPLE_CLIENT_WISH,
        ProblemCode.UNKNOWN_CLIENT,
        ProblemCode.BAD_MESSAGE,
        ProblemCode.NOT_READY,
    )


async def _wanted(request: Request) -> WishDnd:
    """The wish in the query and the body; raises `BadRequest` and `BadMessage` that name the field."""
    body = await read_body(request.receive, COMMAND_LIMIT)
    in_body = msgspec.to_builtins(decode_wish_dnd(body)) if body.strip() else {}
    in_query = {name: _value(name, request.query_params.getlist(name)) for name in request.query_params}
    for name, value in in_query.items():
        if name in in_body and in_body[name] != value:
            raise BadRequest(f"{name}: the query and the body contradict each other")
    both = {**in_body, **in_query}
    if "enabled" not in both:
        raise BadRequest(ENABLED_EXPECTED)
    unknown = next((name for name in in_query if name not in PARAMETERS), None)
    if unknown is not None:
        # A misspelt `for` would leave DND on for good.
        raise BadRequest(f"{unknown[:50]!r}: unknown; there are {', '.join(PARAMETERS)}")
    return decode_wish_dnd(encode(both))


def _value(name: str, given: list[str]) -> str | bool:
    if len(given) > 1:
        raise BadRequest(f"{name[:50]}: expected once")
    if name not in SWITCHES:
        return given[0]
    if given[0] not in SWITCH:
        raise BadRequest(f"{SWITCHES[name]}; got {given[0][:50]!r}")
    return SWITCH[given[0]]
