"""Who may call the agent."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from microsip_manager.agent.callers import KEEP_SECONDS, Callers, is_own
from tests.fakes.clock import HandClock

OWN = {"192.0.2.17", "fe80::17"}


class Names:
    """A name service that changes its mind when told to."""

    def __init__(self) -> None:
        self.addresses = {"main.example": ["192.0.2.12", "2001:db8::12"], "192.0.2.31": ["192.0.2.31"]}
        self.asked: list[str] = []

    def look_up(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        if host not in self.addresses:
            raise OSError("no such name")
        return self.addresses[host]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def callers(names: Names, clock: HandClock) -> Callers:
    return Callers(["http://main.example:8083", "http://192.0.2.31:8083"], clock, names.look_up, OWN.__contains__)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_and_no_name_is_looked_up_for_it(callers: Callers, names: Names, address: str) -> None:
    assert callers.may_call(address)
    assert names.asked == []


@pytest.mark.parametrize("address", ["192.0.2.12", "192.0.2.31", "2001:db8::12", "::ffff:192.0.2.12"])
def test_its_servers_may(callers: Callers, address: str) -> None:
    assert callers.may_call(address)


def test_its_own_addresses_may(callers: Callers) -> None:
    assert callers.may_call("192.0.2.17")
    assert callers.may_call("fe80::17")


@pytest.mark.parametrize("address", ["192.0.2.99", "10.0.0.1", "", "unix", "192.0.2.12.1"])
def test_nobody_else_may(callers: Callers, address: str) -> None:
    assert not callers.may_call(address)


def test_names_are_looked_up_once_in_some_minutes_also_when_they_fail(
    callers: Callers, names: Names, clock: HandClock
) -> None:
    for _ in range(5):
        callers.may_call("192.0.2.99")
    assert len(names.asked) == 2

    names.addresses["main.example"] = ["192.0.2.99"]
    clock.forward(KEEP_SECONDS)

    assert callers.may_call("192.0.2.99")
    assert not callers.may_call("192.0.2.12")


def test_the_system_tells_which_addresses_are_its_own() -> None:
    assert is_own("127.0.0.1")
    assert not is_own("192.0.2.1")
    assert not is_own("2001:db8::1")
