"""Calls: taking them from agents, and finding them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from microsip_manager.server import call_csv, openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.call_query import CallQuery, Place, cursor_of, place_at, place_of
from microsip_manager.server.errors import BadRequest, NotAllowed
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.own_client import check_own_client
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.privacy.sight import Sight, sight_of
from microsip_manager.server.routes.parameters import MOMENT, check_names, moment_of
from microsip_manager.wire.calls import (
    BATCH_LIMIT,
    CALLS_LIMIT,
    LARGEST,
    TEXT_LIMIT,
    Call,
    CallDirection,
    CallsTaken,
    decode_calls,
)
from microsip_manager.wire.codec import encode
from microsip_manager.wire.identity import Role
from microsip_manager.wire.names import EXTENSION_LIMIT, HOSTNAME_LIMIT, hostname_key
from microsip_manager.wire.paths import CALLS
from microsip_manager.wire.problems import ProblemCode

USUAL, MOST = 100, 1000
"""Calls on a page when nothing is said, and at most."""

PARAMETERS = ("hostname", "extension", "number", "direction", "from", "to", "min_duration", "limit", "cursor", "format")

Hostname = Annotated[
    str | None,
    Query(max_length=HOSTNAME_LIMIT, description="Of this PC; upper and lower case are the same.", examples=["NIKITA"]),
]
Extension = Annotated[str | None, Query(max_length=EXTENSION_LIMIT, description="Of this account.", examples=["485"])]
Number = Annotated[
    str | None,
    Query(max_length=TEXT_LIMIT, description="With this other side, as MicroSIP notes it.", examples=["486"]),
]
Direction = Annotated[CallDirection | None, Query(description="Of this kind.", examples=["missed"])]
From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=40,
        description=f"Begun at or after this moment; {MOMENT}.",
        examples=["2026-03-02T00:00:00Z"],
    ),
]
To = Annotated[
    str | None,
    Query(
        max_length=40, description="Begun before this moment; written like `from`.", examples=["2026-03-03T00:00:00Z"]
    ),
]
MinDuration = Annotated[int, Query(ge=0, le=LARGEST, description="With at least so many seconds of talk.")]
Limit = Annotated[
    int | None,
    Query(
        ge=1, le=MOST, description=f"At most so many calls; {USUAL} when it is not given, and with `format=csv` all."
    ),
]
Cursor = Annotated[str | None, Query(max_length=200, description="Where the page before ended: taken from its `Link`.")]
Format = Annotated[Literal["json", "csv"], Query(description="`csv` opens in a spreadsheet.")]

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": openapi.ref(Call), "maxItems": BATCH_LIMIT},
                "example": [openapi.EXAMPLE_CALL],
            }
        },
    }
}


def calls_router(calls: CallLog, own: OwnGroups) -> APIRouter:
    router = APIRouter(tags=["calls"])

    @router.post(
        CALLS,
        summary="Take calls",
        description="Sent by every agent when a call begins, changes or ends. A repeated call is stored once, and one "
        "that has ended stays ended. What is named in the answer is in the database. An agent sends those of its own "
        "client; an administrator those of any, as when an older history is imported.",
        response_class=Response,
        openapi_extra=BODY,
        responses=openapi.responses(
            "Committed; the sender may forget the calls named.",
            openapi.ref(CallsTaken),
            {"committed": [openapi.EXAMPLE_CALL["id"]]},
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_YOUR_CLIENT,
            ProblemCode.NOT_READY,
        ),
    )
    async def take_calls(request: Request) -> Response:
        sent, caller = decode_calls(await read_body(request.receive, CALLS_LIMIT)), CALLER.get()
        if caller.role is Role.ADMIN:
            note(after={"calls": len(sent), "hostnames": sorted({call.hostname for call in sent})})
        else:
            for hostname in {call.hostname for call in sent}:
                check_own_client(caller, hostname)
        return Response(encode(CallsTaken(await calls.take(sent))), media_type="application/json")

    @router.get(
        CALLS,
        summary="Find calls",
        description="Newest first. When there are more, the header `Link` leads to the next page. Viewers see "
        "phone numbers masked, operators with groups those of clients outside them.",
        response_class=Response,
        responses=_found(),
    )
    async def find_calls(
        request: Request,
        hostname: Hostname = None,
        extension: Extension = None,
        number: Number = None,
        direction: Direction = None,
        begin: From = None,
        to: To = None,
        min_duration: MinDuration = 0,
        limit: Limit = None,
        cursor: Cursor = None,
        format: Format = "json",
    ) -> Response:
        check_names(request, PARAMETERS)
        query = CallQuery(
            hostname, extension, number, direction, moment_of("from", begin), moment_of("to", to), min_duration
        )
        asked = {
            name: value for name, value in request.query_params.items() if name not in ("number", "extension", "cursor")
        }
        note(after=asked, numbers=[number, extension])
        after = _place(cursor)
        sight = await sight_of(CALLER.get(), own)
        _check_number(query, sight)
        if format == "csv":
            return await _export(calls, query, after, limit, sight)
        size = limit or USUAL
        # One more than shown tells whether there is another page.
        found = await calls.page(query, after, size + 1)
        headers = {"link": _next(request, found[size - 1])} if len(found) > size else {}
        shown = [sight.call(call) for call in found[:size]]
        return Response(encode(shown), headers=headers, media_type="application/json")

    return router


async def _export(calls: CallLog, query: CallQuery, after: Place | None, most: int | None, sight: Sight) -> Response:
    pages = calls.pages(query, after, most)
    # The first page before the answer begins: a database that fails is then still a 503.
    first: list[Call] = await anext(pages, [])

    async def text() -> AsyncGenerator[str]:
        async with aclosing(pages):
            yield call_csv.head() + await asyncio.to_thread(_lines, first, sight)
            async for page in pages:
                # A thousand lines take some milliseconds, which are the heartbeats'.
                yield await asyncio.to_thread(_lines, page, sight)

    headers = {"content-disposition": 'attachment; filename="calls.csv"'}
    return StreamingResponse(text(), headers=headers, media_type="text/csv; charset=utf-8")


def _lines(page: list[Call], sight: Sight) -> str:
    return call_csv.lines([sight.call(call) for call in page])


def _check_number(query: CallQuery, sight: Sight) -> None:
    """Raises `NotAllowed` for a number that the caller would only see masked: guessing would show it all the same."""
    if query.number is None or sight.keys is None:
        return
    if query.hostname is None or not sight.sees(hostname_key(query.hostname)):
        raise NotAllowed("Only those who may see numbers may look for one; an operator with groups names a hostname.")


def _found() -> openapi.Responses:
    """What `GET /api/calls` answers: JSON or CSV."""
    found = openapi.paged(
        "The calls.", openapi.ref(Call), openapi.EXAMPLE_CALL, ProblemCode.BAD_MESSAGE, ProblemCode.NOT_READY
    )
    found[200]["content"]["text/csv"] = {"schema": {"type": "string"}, "example": openapi.EXAMPLE_CSV}
    return found


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        return place_at(cursor)
    except ValueError:
        raise BadRequest("query.cursor: expected one from the `Link` of a page of calls") from None


def _next(request: Request, last: Call) -> str:
    """The header `Link`, relative to the address the caller used."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{CALLS}?{urlencode([*kept, ("cursor", cursor_of(place_of(last)))])}>; rel="next"'
