"""A simulated PC answers as a real agent's HTTP API does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Raw

from microsip_manager.simulate.answers import READS_FOR, full_answer, quick_answer
from microsip_manager.simulate.day import What
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.wire.link import Answer, Ask

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def pc() -> SimulatedPc:
    return open_pc()


def open_pc(*, running: bool = True) -> SimulatedPc:
    made = SimulatedPc("SIM-00007", 7, 100)
    made.happen(What.BOOT, NOW)
    if running:
        made.happen(What.OPEN, NOW)
    return made


def ask(method: str, path: str, body: object = None) -> Ask:
    return Ask("c1", method, path, 0.0, Raw(b"" if body is None else json.dumps(body).encode()))


def quick(pc: SimulatedPc, asked: Ask, now: datetime = NOW) -> Answer:
    answer = quick_answer(pc, asked, now)
    assert answer is not None
    return answer


@pytest.mark.parametrize("running", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize(
    "asked",
    [
        ask("GET", "/api/status"),
        ask("POST", "/api/set_dnd", {"enabled": True}),
        ask("POST", "/api/set_dnd", {"enabled": False}),
        ask("POST", "/api/set_dnd", {"enabled": True, "hostname": "sim-00007"}),
        ask("POST", "/api/set_dnd", {"enabled": True, "hostname": "OTHER"}),
        ask("POST", "/api/set_dnd", {"enabled": 5}),
        ask("POST", "/api/display_message", {"text": ""}),
        ask("POST", "/api/display_message", {"text": "Hello", "hostname": "OTHER"}),
        ask("GET", "/api/messages/00000000000000000000000000000000"),
    ],
    ids=lambda one: f"{one.path} {bytes(one.body).decode()}",
)
def test_what_is_answered_quickly_is_what_the_agents_own_api_answers(asked: Ask, running: bool) -> None:
    quickly, fully = quick(open_pc(running=running), asked), full_answer(open_pc(running=running), asked)

    assert (quickly.status, json.loads(bytes(quickly.body))) == (fully.status, json.loads(bytes(fully.body)))


def test_everything_else_is_left_to_the_agents_own_api(pc: SimulatedPc) -> None:
    settings = ask("POST", "/api/get_setting", {"name": "denyIncoming"})

    assert quick_answer(pc, settings, NOW) is None
    answer = full_answer(pc, settings)
    assert json.loads(bytes(answer.body))["settings"]["denyIncoming"]["value"] == "button"
    assert full_answer(pc, ask("GET", "/nowhere")).status == 404


def test_dnd_that_was_switched_shows_in_the_next_heartbeat(pc: SimulatedPc) -> None:
    quick(pc, ask("POST", "/api/set_dnd", {"enabled": True}))

    assert pc.beat().status == 1


def test_a_message_is_shown_at_once_and_answered_after_a_while(pc: SimulatedPc) -> None:
    shown = json.loads(
        bytes(quick(pc, ask("POST", "/api/display_message", {"text": "Hi", "buttons": ["Yes", "No"]})).body)
    )
    assert shown["outcome"] == "shown"
    look = ask("GET", f"/api/messages/{shown['id']}")

    before = json.loads(bytes(quick(pc, look).body))
    after = json.loads(bytes(quick(pc, look, NOW + timedelta(seconds=READS_FOR)).body))

    assert (before["state"], before["button"]) == ("shown", None)
    assert (after["state"], after["button"]) == ("answered", "Yes")
