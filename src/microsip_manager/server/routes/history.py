"""What a client has been through."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.change_place import ChangePlace, change_place_at, cursor_behind
from microsip_manager.server.errors import BadRequest
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.server.routes.parameters import MOMENT, check_names, moment_of
from microsip_manager.server.status_history import StatusHistory
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.problems import ProblemCode

USUAL, MOST = 100, 1000
"""Changes on a page when nothing is said, and at most."""

PARAMETERS = ("from", "to", "limit", "cursor")

From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=40,
        description=f"At or after this moment; {MOMENT}.",
        examples=["2026-03-02T00:00:00Z"],
    ),
]
To = Annotated[
    str | None,
    Query(max_length=40, description="Before this moment; written like `from`.", examples=["2026-03-03T00:00:00Z"]),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many changes.")]
Cursor = Annotated[str | None, Query(max_length=200, description="Where the page before ended: taken from its `Link`.")]


def history_router(history: StatusHistory) -> APIRouter:
    router = APIRouter(tags=["clients"])

    @router.get(
        "/api/clients/{hostname}/history",
        summary="Show what a client has been through",
        description="Its changes of status, newest first. A change is written within a second. When there are more, "
        "the header `Link` leads to the next page.",
        response_class=Response,
        responses=openapi.paged(
            "The changes.",
            openapi.ref(StatusChange),
            openapi.EXAMPLE_CHANGE,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def show_history(
        request: Request,
        hostname: Hostname,
        begin: From = None,
        to: To = None,
        limit: Limit = USUAL,
        cursor: Cursor = None,
    ) -> Response:
        check_names(request, PARAMETERS)
        # One more than shown tells whether there is another page.
        found = await history.page(hostname, moment_of("from", begin), moment_of("to", to), _place(cursor), limit + 1)
        headers = {"link": _next(request, hostname, found[limit - 1])} if len(found) > limit else {}
        return Response(encode(found[:limit]), headers=headers, media_type="application/json")

    return router


def _place(cursor: str | None) -> ChangePlace | None:
    if cursor is None:
        return None
    try:
        return change_place_at(cursor)
    except ValueError:
        raise BadRequest("query.cursor: expected one from the `Link` of a page of changes") from None


def _next(request: Request, hostname: str, last: StatusChange) -> str:
    """The header `Link`, relative to the address the caller used."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", cursor_behind(last))])
    return f'<{paths.client(hostname)}/history?{query}>; rel="next"'
