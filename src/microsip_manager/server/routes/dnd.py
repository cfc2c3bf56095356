"""Do Not Disturb of one client: switching it, perhaps for a time, and the wish that stays."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from microsip_manager.clock import Clock
from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response, problem_response
from microsip_manager.server.errors import BadRequest
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome
from microsip_manager.wire.desired import (
    LENGTH_PATTERN,
    REASON_LIMIT,
    ClientWish,
    Order,
    WishDnd,
    decode_wish_dnd,
    order_of,
)
from microsip_manager.wire.problems import CODE_OF_OUTCOME, ProblemCode, dnd_problem

SWITCH = {"true": True, "false": False, "1": True, "0": False, "True": True, "False": False}
ENABLED_EXPECTED = 'enabled: expected true, false, 1, 0, True or False, in the query or as JSON {"enabled": true}'
ENFORCE_EXPECTED = "enforce: expected true, false, 1, 0, True or False"

PLAIN = {f"enabled={word}".encode(): WishDnd(enabled) for word, enabled in SWITCH.items()}
"""What nearly everybody asks, understood beforehand: to take a query apart takes a tenth of the time of a command."""

SWITCHES = {"enabled": ENABLED_EXPECTED, "enforce": ENFORCE_EXPECTED}
"""Those of the parameters that are on or off, and what is said of a bad one."""

MOST_CHARACTERS = {"until": 40, "reason": REASON_LIMIT}


def _in_query(name: str, description: str, example: str, **schema: object) -> dict[str, Any]:
    text = {"type": "string"} | ({"maxLength": MOST_CHARACTERS[name]} if name in MOST_CHARACTERS else {})
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {
            "anyOf": [text, {"type": "null"}],
            "description": description,
            "examples": [example],
            **schema,
            "title": name.replace("_", " ").title(),
        },
        "description": description,
    }


# For the document. They are read from the request, with the body: FastAPI would read them first, and take a tenth of
# the time of a command for it.
PARAMETERS = [
    _in_query(
        "enabled", "On or off; this and all others may be given as JSON in the body instead.", "true", enum=list(SWITCH)
    ),
    _in_query(
        "for",
        "Back after so long, from the moment at which it is set: 90s, 30m, 8h, 2d.",
        "30m",
        pattern=LENGTH_PATTERN,
    ),
    _in_query(
        "until",
        "Back at this moment, ISO 8601 with a time zone. Not together with `for`.",
        "2026-03-02T14:00:00+03:00",
    ),
    _in_query("reason", "Shown with the client.", "lunch"),
    _in_query(
        "queue_for", "When the PC is off, set it when it returns within this time.", "8h", pattern=LENGTH_PATTERN
    ),
    _in_query("enforce", "Set it again when the user switches it.", "true", enum=list(SWITCH)),
]
NAMES = tuple(parameter["name"] for parameter in PARAMETERS)
BODY = {
    "required": False,
    "content": {"application/json": {"schema": openapi.ref(WishDnd), "example": openapi.EXAMPLE_WISH_DND}},
}


class SwitchDnd:
    """Answers `POST /api/clients/{hostname}/set_dnd`, whichever way the request has come."""

    def __init__(self, wishes: Wishes, clock: Clock) -> None:
        self._wishes = wishes
        self._clock = clock

    async def __call__(self, request: Request, hostname: str) -> Response:
        order = order_of(await _wanted(request), self._clock.now())
        note(before=_held(self._wishes.client(hostname)))
        answer = await self._wishes.set_dnd(hostname, order)
        note(after={"wanted": order.enabled, "dnd": answer.dnd, "outcome": answer.outcome, **_lasting(order)})
        if answer.outcome is DndOutcome.QUEUED:
            return json_response(answer, 202)
        return json_response(answer) if answer.outcome.is_success else problem_response(dnd_problem(answer))


def dnd_router(wishes: Wishes, clock: Clock) -> APIRouter:
    router, switch = APIRouter(tags=["clients"]), SwitchDnd(wishes, clock)

    @router.post(
        "/api/clients/{hostname}/set_dnd",
        summary="Switch Do Not Disturb",
        description="Sets, never toggles: repeating it is harmless. A failed command answers with a problem "
        "that carries the `outcome`. With `for`, `until` or `enforce` the wish stays with the server until it ends, "
        "and with `queue_for` it waits for a PC that is off. A newer wish takes the place of an older one.",
        response_class=Response,
        openapi_extra={"parameters": PARAMETERS, "requestBody": BODY},
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
    async def set_dnd(request: Request, hostname: Hostname) -> Response:
        return await switch(request, hostname)

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
        note(before=_held(wishes.client(hostname)))
        answer = await wishes.cancel(hostname)
        note(after=_held(wishes.client(hostname)))
        return json_response(answer)

    return router


def _held(client: ClientState) -> dict[str, object]:
    """For the audit log: the DND of a client, and the wish for it."""
    wish = client.desired
    about = {"wanted": wish.enabled, "state": wish.state, "until": wish.until} if wish is not None else None
    return {"status": client.status, "wish": about}


def _lasting(order: Order) -> dict[str, object]:
    """For the audit log: what of an order lasts. The reason is left out: it is free text, perhaps about somebody."""
    told = {"for": order.lasts, "until": order.until, "queue_for": order.queue_for, "enforce": order.enforce or None}
    return {name: value for name, value in told.items() if value is not None}


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
    if not body and (plain := PLAIN.get(request.scope["query_string"])) is not None:
        return plain
    in_body = msgspec.to_builtins(decode_wish_dnd(body)) if body.strip() else {}
    in_query = {name: _value(name, request.query_params.getlist(name)) for name in request.query_params}
    for name, value in in_query.items():
        if name in in_body and in_body[name] != value:
            raise BadRequest(f"{name}: the query and the body contradict each other")
    both = {**in_body, **in_query}
    if "enabled" not in both:
        raise BadRequest(ENABLED_EXPECTED)
    unknown = next((name for name in in_query if name not in NAMES), None)
    if unknown is not None:
        # A misspelt `for` would leave DND on for good.
        raise BadRequest(f"{unknown[:50]!r}: unknown; there are {', '.join(NAMES)}")
    return decode_wish_dnd(encode(both))


def _value(name: str, given: list[str]) -> str | bool:
    if len(given) > 1:
        raise BadRequest(f"{name[:50]}: expected once")
    most = MOST_CHARACTERS.get(name)
    if most is not None and len(given[0]) > most:
        raise BadRequest(f"query.{name}: String should have at most {most} characters")
    if name not in SWITCHES:
        return given[0]
    if given[0] not in SWITCH:
        raise BadRequest(f"{SWITCHES[name]}; got {given[0][:50]!r}")
    return SWITCH[given[0]]
