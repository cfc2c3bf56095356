"""The audit log: reading it, taking it away, and checking that it is whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from microsip_manager.server import openapi
from microsip_manager.server.audit import audit_csv
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.audit.audit_query import FAILED, AuditQuery
from microsip_manager.server.audit.chain import AuditRow
from microsip_manager.server.audit.deed import OK, note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.errors import BadRequest
from microsip_manager.server.routes.parameters import MOMENT, check_names, moment_of
from microsip_manager.wire.audit import AuditCheck, AuditRecord
from microsip_manager.wire.names import HOSTNAME_LIMIT
from microsip_manager.wire.paths import AUDIT, AUDIT_CHECK
from microsip_manager.wire.problems import ProblemCode

USUAL, MOST = 100, 1000
"""Rows on a page when nothing is said, and at most."""

LARGEST = 2**63 - 1
PARAMETERS = ("who", "what", "hostname", "outcome", "from", "to", "limit", "before", "format")

Who = Annotated[
    str | None,
    Query(
        max_length=HOSTNAME_LIMIT,
        description="By this one: a name, an id, or as the log shows it: `user anna`.",
        examples=["anna"],
    ),
]
What = Annotated[
    str | None,
    Query(max_length=HOSTNAME_LIMIT, description="With this in `what`.", examples=["DELETE", "/api/tokens"]),
]
Hostname = Annotated[
    str | None, Query(max_length=HOSTNAME_LIMIT, description="On this PC, however it is written.", examples=["NIKITA"])
]
Outcome = Annotated[
    str | None,
    Query(
        max_length=64,
        description=f"`{OK}`, `{FAILED}` for all others, or the code of a problem.",
        examples=["not-allowed"],
    ),
]
From = Annotated[
    str | None,
    Query(alias="from", max_length=40, description=f"At or after this moment; {MOMENT}.", examples=["2026-03-02"]),
]
To = Annotated[str | None, Query(max_length=40, description="Before this moment.", examples=["2026-03-03"])]
Limit = Annotated[
    int | None,
    Query(ge=1, le=MOST, description=f"At most so many rows; {USUAL} when it is not given, and with `format=csv` all."),
]
Before = Annotated[
    int | None, Query(ge=1, le=LARGEST, description="Only rows with a smaller number: taken from the `Link`.")
]
Format = Annotated[Literal["json", "csv"], Query(description="`csv` opens in a spreadsheet.")]
Witness = Annotated[
    str | None,
    Query(
        pattern="^[0-9]{1,18}:[0-9a-f]{64}$",
        description="Number and hash of a row that were kept elsewhere, such as in the server's log.",
        examples=[f"1027:{openapi.EXAMPLE_AUDIT_RECORD['hash']}"],
    ),
]


def audit_router(audit: AuditLog) -> APIRouter:
    router = APIRouter(tags=["access"])

    @router.get(
        AUDIT,
        summary="Show who did what",
        description="Newest first. When there are more, the header `Link` leads to the next page.",
        response_class=Response,
        responses=_found(),
    )
    async def show_audit(
        request: Request,
        who: Who = None,
        what: What = None,
        hostname: Hostname = None,
        outcome: Outcome = None,
        begin: From = None,
        to: To = None,
        limit: Limit = None,
        before: Before = None,
        format: Format = "json",
    ) -> Response:
        check_names(request, PARAMETERS)
        query = AuditQuery(who, what, hostname, outcome, moment_of("from", begin), moment_of("to", to))
        note(after={name: value for name, value in request.query_params.items() if name != "before"})
        if format == "csv":
            return await _export(audit, query, before, limit)
        size = limit or USUAL
        # One more than shown tells whether there is another page.
        found = await audit.page(query, before, size + 1)
        headers = {"link": _next(request, found[size - 1])} if len(found) > size else {}
        answer = json_response([row.shown() for row in found[:size]])
        answer.headers.update(headers)
        return answer

    @router.get(
        AUDIT_CHECK,
        summary="Check that the audit log is whole",
        description="Goes through the chain of all rows. Without an `anchor` it cannot notice that somebody who may "
        "write to the whole database has made the end of the chain anew.",
        response_class=Response,
        responses=openapi.responses(
            "What was found.",
            openapi.ref(AuditCheck),
            openapi.EXAMPLE_AUDIT_CHECK,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def check_audit(request: Request, anchor: Witness = None) -> Response:
        check_names(request, ("anchor",))
        return json_response(await audit.check(_witness(anchor)))

    return router


async def _export(audit: AuditLog, query: AuditQuery, before: int | None, most: int | None) -> Response:
    pages = audit.pages(query, before, most)
    # The first page before the answer begins: a database that fails is then still a 503.
    first: list[AuditRow] = await anext(pages, [])

    async def text() -> AsyncGenerator[str]:
        async with aclosing(pages):
            yield audit_csv.head() + await asyncio.to_thread(audit_csv.lines, first)
            async for page in pages:
                yield await asyncio.to_thread(audit_csv.lines, page)

    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(text(), headers=headers, media_type="text/csv; charset=utf-8")


def _found() -> openapi.Responses:
    found = openapi.paged(
        "The rows.",
        openapi.ref(AuditRecord),
        openapi.EXAMPLE_AUDIT_RECORD,
        ProblemCode.BAD_MESSAGE,
        ProblemCode.NOT_READY,
    )
    found[200]["content"]["text/csv"] = {"schema": {"type": "string"}, "example": openapi.EXAMPLE_AUDIT_CSV}
    return found


def _witness(anchor: str | None) -> dict[int, str]:
    if anchor is None:
        return {}
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", anchor)
    if found is None or int(found[1]) == 0:
        raise BadRequest("query.anchor: expected a number and a hash, as the server's log shows them: 1027:9f2c…")
    return {int(found[1]): found[2]}


def _next(request: Request, last: AuditRow) -> str:
    """The header `Link`, relative to the address the caller used."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "before"]
    return f'<{AUDIT}?{urlencode([*kept, ("before", last.seq)])}>; rel="next"'
