"""Events inside one process."""

from __future__ import annotations

from typing import get_args

import pytest

from microsip_manager.server.local_bus import LocalBus
from microsip_manager.wire.events import CallStored, Event, EventKind, kind_of
from tests.contracts.test_call_store import call


def test_a_listener_that_fails_costs_the_others_nothing_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    bus = LocalBus()
    heard: list[Event] = []

    def fails(event: Event) -> None:
        raise RuntimeError("a defect")

    bus.subscribe(fails)
    bus.subscribe(heard.append)
    event = CallStored(call(hostname="NIKITA"))
    bus.publish(event)

    assert heard == [event]
    assert "NIKITA: a listener failed at CallStored" in caplog.text


def test_who_leaves_hears_no_more() -> None:
    bus = LocalBus()
    heard: list[Event] = []

    bus.subscribe(heard.append)()
    bus.publish(CallStored(call()))

    assert heard == []


def test_every_event_has_a_kind_of_its_own() -> None:
    assert sorted(kind.__struct_config__.tag for kind in get_args(Event)) == sorted(kind.value for kind in EventKind)
    assert kind_of(CallStored(call())) is EventKind.CALL
