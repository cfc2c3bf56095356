"""What is kept about one extension or phone number."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.privacy.privacy import Privacy
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.paths import PRIVACY_ERASE, PRIVACY_EXPORT
from microsip_manager.wire.phone_state import masked
from microsip_manager.wire.privacy import (
    PrivacyErasure,
    PrivacyErasureReport,
    PrivacyExport,
    PrivacySubject,
    decode_privacy_erasure,
    decode_privacy_subject,
)
from microsip_manager.wire.problems import ProblemCode

ERRORS = (ProblemCode.BAD_MESSAGE, ProblemCode.TOO_LARGE, ProblemCode.NOT_READY)
EXAMPLE_STAYS = [{"where": "receivers of webhooks", "why": "What they were told is theirs."}]
EXAMPLE_EXPORT: dict[str, Any] = {
    "spellings": ["+74950000042"],
    "found": [{"where": "calls", "rows": [{**openapi.EXAMPLE_CALL, "number": "+74950000042"}]}],
    "stays": EXAMPLE_STAYS,
}
EXAMPLE_ERASED: dict[str, Any] = {
    "dry_run": True,
    "spellings": ["+74950000042"],
    "erased": [{"where": "calls", "what": "number, name emptied", "rows": 1}],
    "stays": EXAMPLE_STAYS,
}


def privacy_router(privacy: Privacy) -> APIRouter:
    router = APIRouter(tags=["privacy"])

    @router.post(
        PRIVACY_EXPORT,
        summary="Tell everything about an extension or a number",
        description="Every row of every table, and what an erasure would leave.",
        response_class=Response,
        openapi_extra=_body(PrivacySubject, {"number": "+74950000042"}),
        responses=openapi.responses("All of it.", openapi.ref(PrivacyExport), EXAMPLE_EXPORT, *ERRORS),
    )
    async def export(request: Request) -> Response:
        subject = decode_privacy_subject(await read_body(request.receive, COMMAND_LIMIT))
        note(target=_shown(subject))
        found = await privacy.export(subject)
        note(after={rows.where: len(rows.rows) for rows in found.found})
        return json_response(found)

    @router.post(
        PRIVACY_ERASE,
        summary="Erase everything about an extension or a number",
        description="Without `dry_run: false` it only tells what it would do. It cannot be undone.",
        response_class=Response,
        openapi_extra=_body(PrivacyErasure, {"number": "+74950000042", "dry_run": True}),
        responses=openapi.responses(
            "What was erased, or would be, and what stays and why.",
            openapi.ref(PrivacyErasureReport),
            EXAMPLE_ERASED,
            *ERRORS,
        ),
    )
    async def erase(request: Request) -> Response:
        wish = decode_privacy_erasure(await read_body(request.receive, COMMAND_LIMIT))
        note(target=_shown(wish))
        report = await privacy.erase(wish)
        note(after={"dry_run": wish.dry_run, "erased": report.erased})
        return json_response(report)

    return router


def _shown(subject: PrivacySubject) -> str:
    """For the audit log, which must not keep anew what is to be erased."""
    return f"{'extension' if subject.extension is not None else 'number'} {masked(subject.text)}"


def _body(message: type[msgspec.Struct], example: object) -> dict[str, Any]:
    content = {"application/json": {"schema": openapi.ref(message), "example": example}}
    return {"requestBody": {"required": True, "content": content}}
