"""Telephone commands to one client."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response, problem_response
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.problems import CODE_OF_TELEPHONE, ProblemCode, telephone_problem
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand, decode_telephone_command


def telephone_router(fleet: Fleet) -> APIRouter:
    router = APIRouter(tags=["commands"])

    @router.post(
        "/api/clients/{hostname}/telephone",
        summary="Dial, answer, hang up and the like",
        description="Has the MicroSIP of a client do something. It is sent once at most, and only where MicroSIP "
        "understands it as what it is meant for; else the `outcome` of the problem says why it was not sent. "
        "MicroSIP never says what becomes of a command, so `taken` is all there is to know.",
        response_class=Response,
        openapi_extra=openapi.body(TelephoneCommand, {"action": "dial", "number": "101"}),
        responses=openapi.responses(
            "`taken` by MicroSIP, or `done`, or `already` so.",
            openapi.ref(TelephoneAnswer),
            openapi.EXAMPLE_TELEPHONE_ANSWER,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            *CODE_OF_TELEPHONE.values(),
        ),
    )
    async def telephone(request: Request, hostname: Hostname) -> Response:
        command = decode_telephone_command(await read_body(request.receive, COMMAND_LIMIT))
        # The tones of `dtmf` are left out: they may be a PIN.
        note(after={"action": command.action}, numbers=[command.number])
        answer = await fleet.telephone(hostname, command)
        note(after={"action": command.action, "outcome": answer.outcome})
        return json_response(answer) if answer.outcome.is_success else problem_response(telephone_problem(answer))

    return router
