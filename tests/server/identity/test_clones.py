"""Two machines with one key, told from one that was restarted."""

from __future__ import annotations

import pytest
from msgspec import structs

from microsip_manager.server.identity.caller import OPEN, Caller, CallerKind
from microsip_manager.server.identity.clones import FORGOTTEN_AFTER, Clones
from microsip_manager.wire.heartbeat import Heartbeat
from tests.fakes.clock import HandClock

NIKITA = Caller(CallerKind.AGENT, "id", "NIKITA")


class Office:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.shown: dict[str, bool] = {}
        self._clones = Clones(self.clock, self.shown.__setitem__)

    def heard(self, *instances: str, running: bool = True) -> list[str]:
        """The names under which they are taken, one after the other, a second apart."""
        found = []
        for instance in instances:
            self.clock.forward(seconds=1)
            found.append(self._clones.heard(NIKITA, Heartbeat("NIKITA", "485", 0, instance=instance, running=running)))
        return [beat.hostname for beat in found]


@pytest.fixture
def office() -> Office:
    return Office()


def test_one_machine_is_no_clone(office: Office) -> None:
    assert set(office.heard("a", "a", "a")) == {"NIKITA"}
    assert office.shown == {}


def test_restarts_are_no_clones(office: Office) -> None:
    assert set(office.heard("a", "a", "b", "b", "c", "d", "d")) == {"NIKITA"}
    assert office.shown == {}


def test_a_farewell_that_comes_late_is_no_clone(office: Office) -> None:
    office.heard("a", "b")

    assert office.heard("a", running=False) == ["NIKITA"]

    assert set(office.heard("b", "b")) == {"NIKITA"}
    assert office.shown == {}


def test_the_first_one_heard_again_after_the_second_keeps_the_name_and_the_other_gets_another(office: Office) -> None:
    assert office.heard("a", "b", "a", "b", "a", "b") == [
        "NIKITA",
        "NIKITA",
        "NIKITA",
        "NIKITA~clone",
        "NIKITA",
        "NIKITA~clone",
    ]
    assert office.shown == {"NIKITA": True, "NIKITA~clone": True}


def test_a_restart_of_one_of_them_leaves_the_other_its_name(office: Office) -> None:
    office.heard("a", "b", "a", "b")

    assert office.heard("a", "c", "a", "c") == ["NIKITA", "NIKITA~clone", "NIKITA", "NIKITA~clone"]
    assert office.heard("c", "d", "c", "d") == ["NIKITA~clone", "NIKITA", "NIKITA~clone", "NIKITA"]


def test_when_one_of_them_is_gone_for_long_the_other_is_alone_again(office: Office) -> None:
    office.heard("a", "b", "a", "b")

    office.clock.forward(seconds=FORGOTTEN_AFTER)

    assert office.heard("b") == ["NIKITA"]
    assert office.shown == {"NIKITA": False, "NIKITA~clone": False}
    assert set(office.heard("b", "b")) == {"NIKITA"}


def test_without_keys_nobody_is_a_clone(office: Office) -> None:
    clones = Clones(office.clock, office.shown.__setitem__)
    beat = Heartbeat("NIKITA", "485", 0)

    for instance in ("a", "b", "a", "b"):
        assert clones.heard(OPEN, structs.replace(beat, instance=instance)).hostname == "NIKITA"
    for caller in (NIKITA, NIKITA):
        assert clones.heard(caller, beat) is beat
    assert office.shown == {}
