"""One command to many clients, with a result for each."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import add_to_note, note
from microsip_manager.server.bulk import Batch, Bulk
from microsip_manager.server.error_responses import json_response
from microsip_manager.wire.bulk import (
    BULK_LIMIT,
    NDJSON,
    Audience,
    BulkAnswer,
    BulkSummary,
    ClientResult,
    ShowMany,
    SwitchMany,
    decode_show_many,
    decode_switch_many,
)
from microsip_manager.wire.codec import encode
from microsip_manager.wire.paths import DISPLAY_MESSAGE_TO_MANY, SET_DND_OF_MANY
from microsip_manager.wire.problems import ProblemCode

DESCRIPTION = f"""Say `hostnames`, `group`, `status` or `label`; several narrow each other. `all` stands alone.

With `Accept: {NDJSON}` each result is a line, `{{"result": …}}`, as soon as it is known, and the last line is
`{{"summary": …}}`. Whoever hangs up before withdraws what has not begun. A client that does not answer holds up no
other one, and commands to one client run in the order in which they were given."""

EXAMPLE_DND = {
    "addressed": 2,
    "done": 1,
    "failed": 1,
    "dry_run": False,
    "results": [
        {"hostname": "NIKITA", "outcome": "applied", "ok": True, "dnd": True},
        {"hostname": "PAVEL", "outcome": "unreachable", "ok": False, "detail": "nothing answers at 192.0.2.19"},
    ],
}
EXAMPLE_SHOWN = {
    "addressed": 1,
    "done": 1,
    "failed": 0,
    "dry_run": False,
    "results": [{"hostname": "NIKITA", "outcome": "shown", "ok": True, "id": "0f3c2a9d5b7e4c18a6d2e0f493b7c581"}],
}
ERRORS = (ProblemCode.UNKNOWN_GROUP, ProblemCode.BAD_MESSAGE, ProblemCode.TOO_LARGE, ProblemCode.NOT_READY)


def bulk_router(bulk: Bulk) -> APIRouter:
    router = APIRouter(tags=["many at once"])

    @router.post(
        SET_DND_OF_MANY,
        summary="Switch Do Not Disturb for many",
        description=DESCRIPTION,
        response_class=Response,
        openapi_extra=_body(SwitchMany, {"enabled": True, "group": "Sales", "status": "online"}),
        responses=_answers(EXAMPLE_DND, *ERRORS, ProblemCode.TOO_FEW_AVAILABLE),
    )
    async def set_dnd_of_many(request: Request) -> Response:
        wish = decode_switch_many(await read_body(request.receive, BULK_LIMIT))
        note(after={"wanted": wish.enabled, **_whom(wish)}, target=wish.group or "")
        return await _answer(request, await bulk.switch(wish))

    @router.post(
        DISPLAY_MESSAGE_TO_MANY,
        summary="Show a message to many",
        description=DESCRIPTION,
        response_class=Response,
        openapi_extra=_body(ShowMany, {"message": openapi.EXAMPLE_MESSAGE, "group": "Sales"}),
        responses=_answers(EXAMPLE_SHOWN, *ERRORS),
    )
    async def display_message_to_many(request: Request) -> Response:
        wish = decode_show_many(await read_body(request.receive, BULK_LIMIT))
        note(after={"severity": wish.message.severity, **_whom(wish)}, target=wish.group or "")
        return await _answer(request, await bulk.show(wish))

    return router


async def _answer(request: Request, batch: Batch) -> Response:
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(_lines(batch), media_type=NDJSON)
    found = [result async for result in batch.results()]
    figures = _summary(batch, found)
    found.sort(key=lambda result: result.hostname)
    return json_response(BulkAnswer(figures.addressed, figures.done, figures.failed, figures.dry_run, found))


async def _lines(batch: Batch) -> AsyncGenerator[bytes]:
    found = []
    try:
        async with aclosing(batch.results()) as results:
            async for result in results:
                found.append(result)
                yield encode({"result": result}) + b"\n"
        yield encode({"summary": _summary(batch, found)}) + b"\n"
    finally:
        # Also when the caller has hung up, which ends this generator where it waits.
        batch.withdraw()


def _whom(audience: Audience) -> dict[str, object]:
    """For the audit log: whom a command to many was for."""
    named: dict[str, object] = {"hostnames": audience.hostnames, "group": audience.group, "status": audience.status}
    named |= {"label": audience.label, "all": audience.all or None, "dry_run": audience.dry_run or None}
    return {name: value for name, value in named.items() if value is not None}


def _summary(batch: Batch, found: list[ClientResult]) -> BulkSummary:
    done = sum(result.ok for result in found)
    summary = BulkSummary(len(batch.addressed), done, len(found) - done, batch.dry_run)
    add_to_note(summary=summary)
    return summary


def _body(message: type[msgspec.Struct], example: object) -> dict[str, Any]:
    content = {"application/json": {"schema": openapi.ref(message), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _answers(example: dict[str, Any], *errors: ProblemCode) -> openapi.Responses:
    found = openapi.responses("What became of it for each.", openapi.ref(BulkAnswer), example, *errors)
    [first, *_] = example["results"]
    lines = [{"result": first}, {"summary": {name: example[name] for name in BulkSummary.__struct_fields__}}]
    found[200]["content"][NDJSON] = {
        "schema": {"type": "string"},
        "example": "".join(f"{encode(line).decode()}\n" for line in lines),
    }
    return found
