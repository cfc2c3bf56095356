"""Statistics: calls and time in each status."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from microsip_manager.server import openapi
from microsip_manager.server.period import LONGEST_DAYS
from microsip_manager.server.reports import Question, Reports
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.names import HOSTNAME_LIMIT
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.stats import Stats

DESCRIPTION = f"""Clients by status at this moment; calls and time in each status per client, per hour and in total.

* The period contains `from` and not `to`, and is at most {LONGEST_DAYS} days long. Without them it is today, so far.
* A call belongs to the hour in which it started, with all its talk.
* `answered` counts incoming and outgoing calls with a second of talk or more; `talk_time` and `mean_duration` are
  theirs. `missed` and `lost_to_dnd` are the calls of the directions `missed` and `rejected_by_dnd`.
* A status lasts until the server learns of another one, also while the server is not running. Time after `as_of` and
  before a client was first heard of counts nowhere, so a client's times may be less than the period.
* An hour is one of the clock in `tz`: where clocks are set back one hour appears twice, where they are set forward
  one is missing. With `hostname` everything is about that client, the hours too.
"""

_CALLS: dict[str, Any] = {
    "total": 5,
    "by_direction": {"outgoing": 1, "incoming": 2, "missed": 1, "answered_elsewhere": 0, "rejected_by_dnd": 1},
    "answered": 3,
    "missed": 1,
    "lost_to_dnd": 1,
    "talk_time": 615,
    "mean_duration": 205.0,
}
_TIME = {"offline": 0.0, "online": 3000.0, "dnd": 600.0}
EXAMPLE_STATS = {
    "from": "2026-03-02T09:00:00+03:00",
    "to": "2026-03-02T10:00:00+03:00",
    "tz": "Europe/Moscow",
    "as_of": "2026-03-02T17:30:00.123456+03:00",
    "clients_now": {"offline": 0, "online": 1, "dnd": 0},
    "totals": {"calls": _CALLS, "time": _TIME},
    "clients": [{"hostname": "NIKITA", "extension": "485", "calls": _CALLS, "time": _TIME}],
    "hours": [
        {
            "from": "2026-03-02T09:00:00+03:00",
            "to": "2026-03-02T10:00:00+03:00",
            "calls": _CALLS,
            "time": _TIME,
        }
    ],
}

_MOMENT = "A day (its midnight in `tz`), or a moment in ISO 8601, in `tz` where it has no offset of its own."
From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=64,
        description=f"Start. {_MOMENT} When missing: the midnight before the end.",
        examples=["2026-03-02"],
    ),
]
To = Annotated[
    str | None,
    Query(alias="to", max_length=64, description=f"End. {_MOMENT} When missing: now.", examples=["2026-03-02T18:00"]),
]
Zone = Annotated[
    str, Query(alias="tz", max_length=64, description="IANA name of a time zone.", examples=["Europe/Moscow"])
]
Hostname = Annotated[
    str | None,
    Query(min_length=1, max_length=HOSTNAME_LIMIT, description="This client only.", examples=["NIKITA"]),
]


def stats_router(reports: Reports) -> APIRouter:
    router = APIRouter(tags=["statistics"])

    @router.get(
        paths.STATS,
        summary="Figures of a day or of up to a quarter of a year",
        description=DESCRIPTION,
        response_class=Response,
        responses=openapi.responses(
            "The figures.",
            openapi.ref(Stats),
            EXAMPLE_STATS,
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def show_stats(start: From = None, end: To = None, zone: Zone = "UTC", hostname: Hostname = None) -> Response:
        stats = await reports.stats(Question(start, end, zone, hostname))
        return Response(encode(stats), media_type="application/json")

    return router
