"""The people who may sign in."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.users import Users
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.identity import NAME_LIMIT
from microsip_manager.wire.paths import USERS
from microsip_manager.wire.people import ChangeUser, NewUser, User, decode_change_user, decode_new_user
from microsip_manager.wire.problems import ProblemCode

Name = Annotated[
    str, Path(max_length=NAME_LIMIT, description="Of the user; upper and lower case are the same.", examples=["anna"])
]
EXAMPLE_NEW = {"name": "anna", "password": "correct horse battery staple", "role": "operator", "groups": ["Sales"]}


def users_router(users: Users) -> APIRouter:
    router = APIRouter(tags=["access"])

    @router.get(
        USERS,
        summary="List the users",
        response_class=Response,
        responses=openapi.responses(
            "All users, by name.",
            {"type": "array", "items": openapi.ref(User)},
            [openapi.EXAMPLE_USER],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_users() -> Response:
        return json_response(await users.all())

    @router.post(
        USERS,
        summary="Make a user",
        status_code=201,
        response_class=Response,
        openapi_extra=openapi.body(NewUser, EXAMPLE_NEW),
        responses=openapi.responses(
            "The user.",
            openapi.ref(User),
            openapi.EXAMPLE_USER,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.USER_EXISTS,
            ProblemCode.TOO_BUSY,
            ProblemCode.NOT_READY,
            status=201,
        ),
    )
    async def make_user(request: Request) -> Response:
        wish = decode_new_user(await read_body(request.receive, COMMAND_LIMIT))
        made = await users.make(wish)
        note(after=made, target=wish.name)
        return json_response(made, 201)

    @router.patch(
        USERS + "/{name}",
        summary="Change a user",
        description="What is left out stays. Live sessions have the new role and groups at once; a new password, "
        "`disabled` and `reset_second_factor` end them.",
        response_class=Response,
        openapi_extra=openapi.body(ChangeUser, {"role": "admin", "groups": []}),
        responses=openapi.responses(
            "The user as it is now.",
            openapi.ref(User),
            openapi.EXAMPLE_USER,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.UNKNOWN_USER,
            ProblemCode.LAST_ADMIN,
            ProblemCode.TOO_BUSY,
            ProblemCode.NOT_READY,
        ),
    )
    async def change_user(name: Name, request: Request) -> Response:
        wish = decode_change_user(await read_body(request.receive, COMMAND_LIMIT))
        before, after = await users.change(name, wish)
        note(before=before, after={**msgspec.to_builtins(after), "new_password": wish.password is not None})
        return json_response(after)

    @router.delete(
        USERS + "/{name}",
        summary="Remove a user",
        description="The sessions of the user end at once.",
        response_class=Response,
        responses=openapi.responses(
            "The user as it was.",
            openapi.ref(User),
            openapi.EXAMPLE_USER,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.UNKNOWN_USER,
            ProblemCode.LAST_ADMIN,
            ProblemCode.NOT_READY,
        ),
    )
    async def remove_user(name: Name) -> Response:
        removed = await users.remove(name)
        note(before=removed)
        return json_response(removed)

    return router
