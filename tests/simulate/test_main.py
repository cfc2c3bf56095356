"""Where a simulation may go, and what is shown of it."""

from __future__ import annotations

import pytest

from microsip_manager.simulate.main import NotHere, check_server, line
from microsip_manager.simulate.plan import Counts, Plan, decode_plan
from microsip_manager.wire.codec import encode


@pytest.mark.parametrize("server", ["http://127.0.0.1:8083", "http://localhost:8083", "http://[::1]:8083"])
def test_a_server_on_this_machine_may_be_tried(server: str) -> None:
    check_server(server)


@pytest.mark.parametrize(
    "server",
    [
        "http://172.16.99.12:8083",
        "http://pbx.example:8083",
        "https://pbx.example",
        "ftp://127.0.0.1",
        "127.0.0.1:8083",
        "http://127.0.0.1.example",
    ],
)
def test_no_other_server_gets_simulated_pcs(server: str) -> None:
    with pytest.raises(NotHere, match="not on this machine"):
        check_server(server)


def test_the_processes_of_a_simulation_share_its_pcs() -> None:
    plans = [Plan("http://127.0.0.1:8083", 10, 7.0, first=first, step=3) for first in range(3)]

    assert sorted(number for plan in plans for number in plan.numbers()) == list(range(10))
    assert plans[0].hostname(3) == "SIM-00003"


def test_a_plan_travels_to_its_process() -> None:
    plan = Plan("http://127.0.0.1:8083", 10, 7.0, pattern="КАССА-{number}", link=False)

    assert decode_plan(encode(plan)) == plan


@pytest.mark.parametrize("pattern", ["SIM", "a/{number}", "{number}\n"])
def test_a_pattern_must_make_different_and_legal_names(pattern: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        Plan("http://127.0.0.1:8083", 10, 7.0, pattern=pattern)


def test_the_counts_of_all_processes_are_shown_as_one() -> None:
    counts = Counts(5, 4, 100, 3, 2, 1) + Counts(5, 5, 50, 0, 0, 0)

    shown = line(12.3, Plan("http://127.0.0.1:8083", 10, 7.0), counts)

    assert "10 of 10 PCs linked, MicroSIP open on 9, 150 heartbeats, 3 commands, 2 calls, 1 lost" in shown
