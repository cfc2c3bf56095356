"""Groups of clients, and labels on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.errors import UnknownGroup
from microsip_manager.server.groups import Groups
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.groups import (
    GROUP_LIMIT,
    ChangeLabels,
    ChangeMembers,
    Group,
    GroupSize,
    Labels,
    SetGroup,
    decode_change_labels,
    decode_change_members,
    decode_set_group,
)
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.paths import GROUPS
from microsip_manager.wire.problems import ProblemCode

EXAMPLE_GROUP = {"name": "Sales", "members": ["NIKITA", "OLGA"]}
EXAMPLE_LABELS = {"hostname": "NIKITA", "labels": {"city": "Kazan", "floor": "2"}}

Name = Annotated[str, openapi.name_in_path("group", "Sales")]
WithMembers = Annotated[bool, Query(description="Tell who is in each, too.")]
ONE = (ProblemCode.UNKNOWN_GROUP, ProblemCode.BAD_MESSAGE, ProblemCode.NOT_READY)


def groups_router(groups: Groups) -> APIRouter:
    router = APIRouter(tags=["groups"])

    @router.get(
        GROUPS,
        summary="List all groups",
        response_class=Response,
        responses=openapi.responses(
            "Every group by name.",
            openapi.list_of(GroupSize),
            [{"name": "Sales", "size": 2}],
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def list_groups(request: Request, members: WithMembers = False) -> Response:
        check_names(request, ("members",))
        return json_response(await (groups.all_with_members() if members else groups.all()))

    @router.get(
        GROUPS + "/{name}",
        summary="Show who is in a group",
        response_class=Response,
        responses=openapi.responses("The group.", openapi.ref(Group), EXAMPLE_GROUP, *ONE),
    )
    async def show_group(name: Name) -> Response:
        return json_response(await groups.one(name))

    @router.put(
        GROUPS + "/{name}",
        summary="Make a group, or say anew who is in it",
        description="A member need not have been heard of yet.",
        response_class=Response,
        openapi_extra=openapi.body(SetGroup, {"members": ["NIKITA", "OLGA"]}),
        responses=openapi.responses(
            "The group.",
            openapi.ref(Group),
            EXAMPLE_GROUP,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def put_group(request: Request, name: Name) -> Response:
        wanted = decode_set_group(await read_body(request.receive, GROUP_LIMIT))
        before = await _as_it_was(groups, name)
        group = await groups.put(name, wanted.members)
        _note(before, group)
        return json_response(group)

    @router.delete(
        GROUPS + "/{name}",
        summary="Remove a group",
        description="Its members stay as they are.",
        response_class=Response,
        responses=openapi.responses("The group as it was.", openapi.ref(Group), EXAMPLE_GROUP, *ONE),
    )
    async def remove_group(name: Name) -> Response:
        group = await groups.remove(name)
        note(before={"members": group.members})
        return json_response(group)

    @router.patch(
        GROUPS + "/{name}/members",
        summary="Let clients into a group and out of it",
        description="Repeating it is harmless. Whoever is named in both lists leaves.",
        response_class=Response,
        openapi_extra=openapi.body(ChangeMembers, {"add": ["OLGA"], "remove": ["PAVEL"]}),
        responses=openapi.responses("The group.", openapi.ref(Group), EXAMPLE_GROUP, *ONE, ProblemCode.TOO_LARGE),
    )
    async def change_members(request: Request, name: Name) -> Response:
        wanted = decode_change_members(await read_body(request.receive, GROUP_LIMIT))
        before = await _as_it_was(groups, name)
        group = await groups.change(name, wanted.add, wanted.remove)
        _note(before, group)
        return json_response(group)

    @router.get(
        "/api/clients/{hostname}/labels",
        summary="Show the labels of a client",
        description="The client need not have been heard of yet.",
        response_class=Response,
        responses=openapi.responses(
            "The labels.", openapi.ref(Labels), EXAMPLE_LABELS, ProblemCode.BAD_MESSAGE, ProblemCode.NOT_READY
        ),
    )
    async def show_labels(hostname: Hostname) -> Response:
        return json_response(await groups.labels(hostname))

    @router.patch(
        "/api/clients/{hostname}/labels",
        summary="Set labels of a client, or take them away",
        description="Null takes a label away; labels that are not named stay.",
        response_class=Response,
        openapi_extra=openapi.body(ChangeLabels, {"labels": {"floor": "2", "old": None}}),
        responses=openapi.responses(
            "The labels that the client has now.",
            openapi.ref(Labels),
            EXAMPLE_LABELS,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def change_labels(request: Request, hostname: Hostname) -> Response:
        wanted = decode_change_labels(await read_body(request.receive, COMMAND_LIMIT))
        before = await groups.labels(hostname)
        after = await groups.change_labels(hostname, wanted.labels)
        note(before=before.labels, after=after.labels)
        return json_response(after)

    return router


async def _as_it_was(groups: Groups, name: str) -> Group | None:
    try:
        return await groups.one(name)
    except UnknownGroup:
        return None


def _note(before: Group | None, after: Group) -> None:
    """For the audit log: how many there were and are, and who has come and gone."""
    old = {hostname_key(member): member for member in before.members} if before is not None else {}
    new = {hostname_key(member): member for member in after.members}
    came, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    note(
        before={"members": len(old)} if before is not None else None,
        after={"members": len(new), "came": [new[key] for key in came], "gone": [old[key] for key in gone]},
    )
