"""The agents that are in, and those that wait, as an administrator sees them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.convertors import Convertor, register_url_convertor

from microsip_manager.server import openapi
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.agents import Agents
from microsip_manager.server.identity.enrolment import Enrolment
from microsip_manager.wire.enrolment import Agent, AskState, PendingAgent
from microsip_manager.wire.paths import AGENTS, PENDING_AGENTS
from microsip_manager.wire.problems import ProblemCode

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the agent.", examples=[openapi.EXAMPLE_AGENT["id"]])]
ERRORS = (ProblemCode.UNKNOWN_AGENT, ProblemCode.BAD_MESSAGE, ProblemCode.NOT_READY)


class _AgentId(Convertor[str]):
    """Leaves `/api/agents/ask` and its like to those whose paths they are."""

    regex = "[0-9a-f]{32}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("agent_id", _AgentId())


def agents_router(agents: Agents, enrolment: Enrolment) -> APIRouter:
    router = APIRouter(tags=["agents"])

    @router.get(
        AGENTS,
        summary="List the agents with a key",
        description="Each speaks for one client.",
        response_class=Response,
        responses=openapi.responses(
            "All of them by name.",
            {"type": "array", "items": openapi.ref(Agent)},
            [openapi.EXAMPLE_AGENT],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_agents() -> Response:
        return json_response(await agents.all())

    @router.delete(
        AGENTS + "/{id:agent_id}",
        summary="Revoke the key of an agent",
        description="Its link is closed and its requests are refused: at once by this server, and within half a "
        "minute by others that share its database. Its name is free for the next one.",
        response_class=Response,
        responses=openapi.responses(
            "The agent as it was.",
            openapi.ref(Agent),
            openapi.EXAMPLE_AGENT,
            *ERRORS,
        ),
    )
    async def revoke_agent(id: Id) -> Response:
        revoked = await agents.revoke(id)
        note(before=revoked)
        return json_response(revoked)

    @router.get(
        PENDING_AGENTS,
        summary="List the agents that ask to be let in",
        description="What they say of themselves is not checked. The code also stands in the log of the agent.",
        response_class=Response,
        responses=openapi.responses(
            "Those that wait for an answer, the oldest first.",
            {"type": "array", "items": openapi.ref(PendingAgent)},
            [openapi.EXAMPLE_PENDING],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_pending() -> Response:
        return json_response(await enrolment.pending())

    @router.post(
        PENDING_AGENTS + "/{id}/approve",
        summary="Let an agent in",
        description="It gets the name of its PC, or another one if that is taken.",
        response_class=Response,
        responses=openapi.responses("The agent.", openapi.ref(Agent), openapi.EXAMPLE_AGENT, *ERRORS),
    )
    async def approve(id: Id) -> Response:
        agent = await enrolment.approve(id)
        note(before={"state": AskState.WAITING, "hostname": agent.hostname}, after=agent)
        return json_response(agent)

    @router.post(
        PENDING_AGENTS + "/{id}/refuse",
        summary="Refuse an agent",
        description="For a day.",
        response_class=Response,
        responses=openapi.responses(
            "The agent as it waited.", openapi.ref(PendingAgent), openapi.EXAMPLE_PENDING, *ERRORS
        ),
    )
    async def refuse(id: Id) -> Response:
        pending = await enrolment.refuse(id)
        note(before=pending, after={"state": AskState.REFUSED})
        return json_response(pending)

    return router
