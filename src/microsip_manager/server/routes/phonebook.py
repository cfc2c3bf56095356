"""The live phonebook, as MicroSIP asks for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from microsip_manager.server import openapi
from microsip_manager.server.phonebook import Phonebook
from microsip_manager.wire.phonebook import Directory
from microsip_manager.wire.problems import ProblemCode

Key = Annotated[str, Path(max_length=100, description="The server's DIRECTORY_KEY.", examples=["Zk3v9QpX0sT7mLr2Wb8c"])]
Sequence = Annotated[
    int,
    Query(
        ge=0, description="MicroSIP's own count of its questions since its start; it adds it by itself.", examples=[0]
    ),
]


def phonebook_router(phonebook: Phonebook) -> APIRouter:
    router = APIRouter(tags=["phonebook"])

    @router.get(
        "/directory/{key}/directory.json",
        summary="Show the live phonebook to MicroSIP",
        description="For MicroSIP's setting `usersDirectory`. With `sequence` above 0 mostly only the states that "
        "changed lately. Served to every address that knows the key, also in protected mode.",
        response_class=Response,
        responses=openapi.responses(
            "Contacts and their states.",
            openapi.ref(Directory),
            openapi.EXAMPLE_DIRECTORY,
            ProblemCode.NOT_FOUND,
            ProblemCode.BAD_MESSAGE,
        )
        | {304: {"description": "Nothing has changed since the ETag in If-None-Match."}},
    )
    async def show_directory(request: Request, key: Key, sequence: Sequence = 0) -> Response:
        if not phonebook.opens_at(request.scope["path"]):
            raise HTTPException(404)
        body, tag = phonebook.answer(sequence)
        headers = {"etag": tag, "cache-control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return router
