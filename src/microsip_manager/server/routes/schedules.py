"""Schedules: Do Not Disturb for a group at certain hours of certain days."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.errors import UnknownSchedule
from microsip_manager.server.schedules import Schedules
from microsip_manager.wire.paths import SCHEDULES
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.schedules import (
    SCHEDULE_LIMIT,
    PlannedRun,
    Run,
    Schedule,
    SetSchedule,
    decode_set_schedule,
)

EXAMPLE_WISH = {
    "group": "Sales",
    "days": ["mon", "tue", "wed", "thu", "fri"],
    "start": "13:00",
    "end": "14:00",
    "tz": "Europe/Moscow",
    "exceptions": ["2026-05-01"],
    "reason": "lunch",
}
EXAMPLE_SCHEDULE = {"name": "Lunch", **EXAMPLE_WISH, "since": "2026-03-02T08:15:30.123456Z"}
EXAMPLE_PLANNED = {"starts_at": "2026-03-02T13:00:00+03:00", "ends_at": "2026-03-02T14:00:00+03:00"}
EXAMPLE_RUN = {
    "schedule": "Lunch",
    "group": "Sales",
    "starts_at": "2026-03-02T10:00:00Z",
    "ends_at": "2026-03-02T11:00:00Z",
    "state": "done",
    "members": 12,
    "switched": 9,
    "returned": 9,
    "detail": "",
}

Name = Annotated[str, openapi.name_in_path("schedule", "Lunch")]
Count = Annotated[int, Query(ge=1, le=100, description="So many runs.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many runs.")]
ONE = (ProblemCode.UNKNOWN_SCHEDULE, ProblemCode.BAD_MESSAGE, ProblemCode.NOT_READY)


def schedules_router(schedules: Schedules) -> APIRouter:
    router = APIRouter(tags=["schedules"])

    @router.get(
        SCHEDULES,
        summary="List all schedules",
        response_class=Response,
        responses=openapi.responses(
            "Every schedule by name.",
            openapi.list_of(Schedule),
            [EXAMPLE_SCHEDULE],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_schedules() -> Response:
        return json_response(await schedules.all())

    @router.get(
        SCHEDULES + "/{name}",
        summary="Show a schedule",
        response_class=Response,
        responses=openapi.responses("The schedule.", openapi.ref(Schedule), EXAMPLE_SCHEDULE, *ONE),
    )
    async def show_schedule(name: Name) -> Response:
        return json_response(await schedules.one(name))

    @router.put(
        SCHEDULES + "/{name}",
        summary="Make or change a schedule",
        description="It first runs at its next start from now on; a run that is on ends as it was planned.",
        response_class=Response,
        openapi_extra=openapi.body(SetSchedule, EXAMPLE_WISH),
        responses=openapi.responses(
            "The schedule.",
            openapi.ref(Schedule),
            EXAMPLE_SCHEDULE,
            ProblemCode.UNKNOWN_GROUP,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def put_schedule(request: Request, name: Name) -> Response:
        wish = decode_set_schedule(await read_body(request.receive, SCHEDULE_LIMIT))
        before = await _as_it_was(schedules, name)
        schedule = await schedules.put(name, wish)
        note(before=before, after=schedule)
        return json_response(schedule)

    @router.delete(
        SCHEDULES + "/{name}",
        summary="Remove a schedule",
        description="A run that is on ends now.",
        response_class=Response,
        responses=openapi.responses("The schedule as it was.", openapi.ref(Schedule), EXAMPLE_SCHEDULE, *ONE),
    )
    async def remove_schedule(name: Name) -> Response:
        schedule = await schedules.remove(name)
        note(before=schedule)
        return json_response(schedule)

    @router.get(
        SCHEDULES + "/{name}/preview",
        summary="Show the next runs",
        response_class=Response,
        responses=openapi.responses(
            "The next runs, by the clocks of the schedule's time zone.",
            openapi.list_of(PlannedRun),
            [EXAMPLE_PLANNED],
            *ONE,
        ),
    )
    async def preview(name: Name, count: Count = 5) -> Response:
        return json_response(await schedules.preview(name, count))

    @router.get(
        SCHEDULES + "/{name}/runs",
        summary="Show what became of past runs",
        description="Newest first, also of a schedule that is removed. A run is remembered for a year.",
        response_class=Response,
        responses=openapi.responses("The runs.", openapi.list_of(Run), [EXAMPLE_RUN], *ONE),
    )
    async def runs(name: Name, limit: Limit = 20) -> Response:
        return json_response(await schedules.runs(name, limit))

    return router


async def _as_it_was(schedules: Schedules, name: str) -> Schedule | None:
    try:
        return await schedules.one(name)
    except UnknownSchedule:
        return None
