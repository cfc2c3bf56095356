"""Clients: the list, one, and its live status."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from microsip_manager.server import openapi
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.groups import Groups
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.wire.clients import ClientState, ClientStatus
from microsip_manager.wire.codec import encode
from microsip_manager.wire.groups import LABEL_LIMIT, VALUE_LIMIT
from microsip_manager.wire.names import HOSTNAME_LIMIT
from microsip_manager.wire.problems import ProblemCode

MOST_LABELS = 10

Hostname = Annotated[
    str,
    Path(
        min_length=1,
        max_length=HOSTNAME_LIMIT,
        description="As in the list of clients, percent-encoded; upper and lower case are the same.",
        examples=["NIKITA"],
    ),
]
InGroup = Annotated[
    str | None,
    Query(
        alias="group",
        max_length=HOSTNAME_LIMIT,
        description="Only the members of this group; upper and lower case are the same.",
        examples=["Sales"],
    ),
]
WithLabel = Annotated[
    list[Annotated[str, StringConstraints(max_length=LABEL_LIMIT + 1 + VALUE_LIMIT)]] | None,
    Query(
        alias="label",
        max_length=MOST_LABELS,
        description="Only clients with this label: `floor=2`, or `floor` for any value. Repeated: with all of them.",
        examples=[["floor=2"]],
    ),
]
FILTERS = ("group", "label")


class Listing:
    """The list of clients as bytes, encoded once per version of the fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._run = secrets.token_hex(4)  # so that no tag outlives a restart, which begins counting anew
        self._version = -1
        self._body = b""

    def body_and_tag(self) -> tuple[bytes, str]:
        if self._version != self._fleet.version:
            self._body = encode(self._fleet.clients())
            self._version = self._fleet.version
        return self._body, f'"{self._run}-{self._version}"'


def clients_router(fleet: Fleet, groups: Groups) -> APIRouter:
    router = APIRouter(tags=["clients"])
    listing = Listing(fleet)

    @router.get(
        "/api/clients",
        summary="List all clients",
        response_class=Response,
        responses=openapi.responses(
            "Every client ever heard of, by hostname.",
            openapi.list_of(ClientState),
            [openapi.EXAMPLE_CLIENT],
            ProblemCode.UNKNOWN_GROUP,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        )
        | {304: {"description": "Nothing has changed since the ETag in If-None-Match."}},
    )
    async def list_clients(request: Request, group: InGroup = None, labels: WithLabel = None) -> Response:
        if request.query_params:
            check_names(request, FILTERS)
        if group is None and not labels:
            body, tag = listing.body_and_tag()
        else:
            body = encode(fleet.clients_among(await groups.members(group, labels or ())))
            tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    @router.get(
        "/api/clients/{hostname}",
        summary="Show one client as last known",
        response_class=Response,
        responses=openapi.responses(
            "The client.",
            openapi.ref(ClientState),
            openapi.EXAMPLE_CLIENT,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
        ),
    )
    async def show_client(hostname: Hostname) -> Response:
        return json_response(fleet.client(hostname))

    @router.get(
        "/api/clients/{hostname}/status",
        summary="Ask one client for its status now",
        description="Asks the agent. When it does not answer, the last known state comes with "
        "`source: last_known`, its `age` in seconds, and the reason in `detail`.",
        response_class=Response,
        responses=openapi.responses(
            "The status and where it comes from.",
            openapi.ref(ClientStatus),
            openapi.EXAMPLE_STATUS,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
        ),
    )
    async def show_status(hostname: Hostname) -> Response:
        return json_response(await fleet.status(hostname))

    return router
