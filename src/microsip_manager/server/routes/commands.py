"""Commands to one client beside DND: the settings of its MicroSIP, and messages to its user."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response, problem_response
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.messages import (
    DisplayMessage,
    MessageAnswer,
    MessageOutcome,
    MessageReport,
    decode_display_message,
)
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer, decode_get_setting
from microsip_manager.wire.problems import ProblemCode, message_problem

MessageIdInPath = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{32}$",
        description="As the answer to the message told it.",
        examples=[openapi.EXAMPLE_MESSAGE_ANSWER["id"]],
    ),
]
OF_EVERY_COMMAND = (
    ProblemCode.UNKNOWN_CLIENT,
    ProblemCode.BAD_MESSAGE,
    ProblemCode.UNREACHABLE,
    ProblemCode.TIMEOUT,
)


def commands_router(fleet: Fleet) -> APIRouter:
    router = APIRouter(tags=["commands"])

    @router.post(
        "/api/clients/{hostname}/get_setting",
        summary="Read settings of MicroSIP",
        description="Some of a section, or all of it when no names are given. Passwords and other secrets never "
        "leave the PC: they come back as `secret` without a value, and so does every value the agent does not know.",
        response_class=Response,
        openapi_extra=openapi.body(GetSetting, {"names": ["denyIncoming", "volumeRing"]}, required=False),
        responses=openapi.responses(
            "The settings by name.",
            openapi.ref(SettingsAnswer),
            openapi.EXAMPLE_SETTINGS,
            *OF_EVERY_COMMAND,
            ProblemCode.TOO_LARGE,
            ProblemCode.UNKNOWN_SETTING,
            ProblemCode.NOT_RUNNING,
            ProblemCode.INI_UNREADABLE,
        ),
    )
    async def get_setting(request: Request, hostname: Hostname) -> Response:
        body = await read_body(request.receive, COMMAND_LIMIT)
        wish = decode_get_setting(body) if body.strip() else GetSetting()
        answer = await fleet.get_setting(hostname, wish)
        # No names: what somebody takes for a name may be a secret.
        note(after={"settings": len(answer.settings)})
        return json_response(answer)

    @router.post(
        "/api/clients/{hostname}/display_message",
        summary="Show a message to the user",
        description="A window on the user's desktop that takes no keyboard focus. Several wait in line. Ask for what "
        "the user pressed with the `id` of the answer.",
        response_class=Response,
        openapi_extra=openapi.body(DisplayMessage, openapi.EXAMPLE_MESSAGE),
        responses=openapi.responses(
            "`shown`, or `queued` behind others.",
            openapi.ref(MessageAnswer),
            openapi.EXAMPLE_MESSAGE_ANSWER,
            *OF_EVERY_COMMAND,
            ProblemCode.TOO_LARGE,
            ProblemCode.MESSAGE_NOT_SHOWN,
        ),
    )
    async def display_message(request: Request, hostname: Hostname) -> Response:
        message = decode_display_message(await read_body(request.receive, COMMAND_LIMIT))
        answer = await fleet.display_message(hostname, message)
        note(after={"outcome": answer.outcome, "severity": message.severity}, target=answer.id)
        if answer.outcome is MessageOutcome.NOT_SHOWN:
            return problem_response(message_problem(answer))
        return json_response(answer)

    @router.get(
        "/api/clients/{hostname}/messages/{id}",
        summary="Ask what became of a message",
        description="The agent keeps the last 200 messages until it ends.",
        response_class=Response,
        responses=openapi.responses(
            "How far the message has come, and the button pressed.",
            openapi.ref(MessageReport),
            openapi.EXAMPLE_MESSAGE_REPORT,
            *OF_EVERY_COMMAND,
            ProblemCode.UNKNOWN_MESSAGE,
        ),
    )
    async def message(hostname: Hostname, id: MessageIdInPath) -> Response:
        return json_response(await fleet.message(hostname, id))

    return router
