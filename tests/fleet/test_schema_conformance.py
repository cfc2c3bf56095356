"""Generated requests, good and bad, against a real server: every answer is one the OpenAPI document promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from microsip_manager.server.app import create_api
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.reports import Reports
from microsip_manager.server.wishes import Wishes
from tests.fakes.agent_link import FakeAgents
from tests.fakes.call_store import MemoryCallStore
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.fakes.history import MemoryHistory
from tests.fakes.wish_store import MemoryWishStore
from tests.fleet.processes import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("server")
    started = Server.start(folder)
    started.beat("NIKITA")
    yield started
    assert started.running.stop() == 0
    assert "Traceback" not in started.running.said()


def document() -> dict[str, Any]:
    recorder = Recorder(MemoryStore())
    clock, bus = HandClock(), LocalBus()
    fleet = Fleet(recorder, FakeAgents(), clock, bus, patience=21.0)
    calls = CallLog(MemoryCallStore(), clock, keep_days=365)
    wishes = Wishes(fleet, MemoryWishStore(), clock, bus)
    reports = Reports(fleet, MemoryHistory(), clock)
    return create_api(fleet, recorder, reports, calls, clock, wishes=wishes).openapi()


REJECTIONS = ["4xx", "5xx"]
"""How invalid data may be answered: by the size alone as well, which is looked at before the data are."""

promised = schemathesis.openapi.from_dict(
    document(),
    config=schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REJECTIONS}}}),
)


@promised.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_promised(case: schemathesis.Case[Any], server: Server) -> None:
    # Left out: that whatever fits the schema is accepted (a client nobody has heard of is not, nor are two
    # contradicting wishes), and that no status is above 499 (504 is promised for a PC that is off).
    answer = case.call_and_validate(base_url=server.url, excluded_checks=[positive_data_acceptance, not_a_server_error])
    assert answer.status_code != 500
