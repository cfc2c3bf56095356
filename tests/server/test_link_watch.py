"""The loop that gives up half-open links, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.caller import OPEN
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.link_session import LinkSession
from microsip_manager.server.link_watch import watch_links
from microsip_manager.wire.link import CloseCode
from tests.fakes.clock import HandClock
from tests.server.conftest import PATIENCE
from tests.server.test_link_session import BEAT, Wire, report, say


@pytest.fixture
def hub(clock: HandClock) -> LinkHub:
    return LinkHub(clock)


class Linked:
    """A link whose clock moves as its naps say; with `beats` the agent speaks before each look."""

    def __init__(self, hub: LinkHub, fleet: Fleet, clock: HandClock, *, running: bool = True) -> None:
        self.wire = Wire()
        self.session = LinkSession(self.wire, hub, fleet, clock, OPEN, Clones(clock, fleet.show_clone))
        self._hub = hub
        self._clock = clock
        self._running = running

    def live(self, naps: list[float], *, beats: bool = False) -> None:
        left: Iterator[float] = iter(naps)

        async def wait(_: float) -> bool:
            await asyncio.sleep(0)
            nap = next(left, None)
            self._clock.forward(nap or 0.0)
            if beats:
                say(self.session, BEAT)
            return nap is None

        async def live() -> None:
            say(self.session, report(running=self._running))
            await watch_links(self._hub, self._clock, PATIENCE, wait)

        asyncio.run(live())


def test_a_link_over_which_nothing_comes_is_closed_after_one_patience(
    hub: LinkHub, fleet: Fleet, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    link = Linked(hub, fleet, clock)

    link.live([1.0] * 20)
    assert len(hub) == 1

    link.live([1.0] * 21)
    assert len(hub) == 0, "commands take another way, or fail at once"
    assert link.wire.closed is CloseCode.SILENT
    assert "its link is given up" in caplog.text


def test_a_link_that_beats_stays(hub: LinkHub, fleet: Fleet, clock: HandClock) -> None:
    Linked(hub, fleet, clock).live([1.0] * 60, beats=True)

    assert len(hub) == 1


def test_a_link_that_sleeps_is_waited_for_three_times_as_long(hub: LinkHub, fleet: Fleet, clock: HandClock) -> None:
    Linked(hub, fleet, clock, running=False).live([1.0] * 62)
    assert len(hub) == 1

    Linked(hub, fleet, clock, running=False).live([1.0] * 63)
    assert len(hub) == 0


def test_a_server_that_stood_still_gives_up_no_link(hub: LinkHub, fleet: Fleet, clock: HandClock) -> None:
    Linked(hub, fleet, clock).live([1.0, 300.0, 1.0])

    assert len(hub) == 1
