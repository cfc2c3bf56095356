"""End to end: a server on Linux, the agent in Windows Python, and a stand-in MicroSIP, joined by real windows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.processes import Server, two_opposite_wishes, wait_for
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.standin.handle import StandIn
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine

HEARTBEAT = 1.0


@pytest.fixture
def microsip(testbed: WineTestbed, server: Server, windows_agent: WineAgent, tmp_path: Path) -> Iterator[StandIn]:
    started = start_microsip(testbed, tmp_path / "MicroSIP")
    wait_for("NIKITA is there", lambda: server.status_of("NIKITA") == "online")
    yield started
    if started.process.poll() is None:
        started.close()
    # Asked live, the server need not wait for three heartbeats that do not come.
    wait_for("NIKITA is gone", lambda: server.get("/api/clients/NIKITA/status")["status"] == "offline")


def test_on_then_on_again_then_off(server: Server, microsip: StandIn) -> None:
    assert server.set_dnd("NIKITA", True) == {"hostname": "NIKITA", "outcome": "applied", "dnd": True, "detail": ""}
    assert microsip.state().dnd is True
    assert server.status_of("NIKITA") == "dnd"

    assert server.set_dnd("NIKITA", True)["outcome"] == "already"
    assert (microsip.state().dnd, microsip.state().clicks) == (True, 1)

    assert server.set_dnd("NIKITA", False)["outcome"] == "applied"
    assert (microsip.state().dnd, microsip.state().clicks) == (False, 2)
    assert server.status_of("NIKITA") == "online"


def test_the_server_knows_the_extension_and_that_this_is_no_simulation(server: Server, microsip: StandIn) -> None:
    client = server.get("/api/clients/NIKITA")

    assert (client["extension"], client["simulated"]) == ("485", False)


def test_a_click_by_hand_shows_within_one_heartbeat(server: Server, microsip: StandIn) -> None:
    clicked = time.monotonic()
    microsip.click()

    wait_for("the server shows DND", lambda: server.status_of("NIKITA") == "dnd")

    # Ten per cent of jitter, and what a busy machine adds.
    assert time.monotonic() - clicked < HEARTBEAT * 1.1 + 1.0


def test_a_call_and_a_lost_registration_show_in_the_list_within_two_seconds(server: Server, microsip: StandIn) -> None:
    def seen() -> dict[str, Any]:
        client: dict[str, Any] = server.get("/api/clients/NIKITA")
        return client

    microsip.registration("online")
    wait_for("it is registered", lambda: seen()["phone"]["registration"] == "registered")
    assert (seen()["no_ring_reason"], seen()["phone"]["microsip_version"]) == ("", "3.22.3")

    microsip.ring("84950000045", "Olga")
    rang = time.monotonic()
    wait_for("it rings", lambda: seen()["phone"]["call"]["state"] == "ringing")
    assert time.monotonic() - rang < 2.0
    assert seen()["phone"]["call"]["number"] == "…45"

    microsip.remote_hangup()
    microsip.registration("incorrect_password")
    wait_for("it is not registered", lambda: "its password" in seen()["no_ring_reason"])
    live = server.get("/api/clients/NIKITA/status")
    assert (live["source"], live["phone"]["registration"]) == ("live", "wrong_password")


def test_the_agent_logs_to_a_file_of_its_user(testbed: WineTestbed, windows_agent: WineAgent) -> None:
    [file] = testbed.drive_c.glob("users/*/AppData/Local/MicroSIP Manager/agent.log")

    assert "NIKITA: agent 0.1.0 listens on port" in file.read_text(encoding="utf-8")


def test_closed_is_offline_and_opened_is_back(
    testbed: WineTestbed, server: Server, microsip: StandIn, tmp_path: Path
) -> None:
    microsip.close()
    closed = time.monotonic()
    wait_for("the list shows it", lambda: server.status_of("NIKITA") == "offline")
    # The agent looks once a second; three heartbeats that do not come would take three seconds.
    assert time.monotonic() - closed < 2.0

    live = server.get("/api/clients/NIKITA/status")
    assert (live["status"], live["source"]) == ("offline", "live")
    assert server.set_dnd("NIKITA", True)["outcome"] == "not_running"

    again = start_microsip(testbed, tmp_path / "MicroSIP")
    opened = time.monotonic()
    wait_for("NIKITA is back", lambda: server.status_of("NIKITA") == "online")
    assert time.monotonic() - opened < 2.0
    again.close()


def test_a_window_that_hangs_at_the_click_is_hung_and_never_toggled_twice(server: Server, microsip: StandIn) -> None:
    microsip.hang_on_click(8.0)

    first = server.set_dnd("NIKITA", True)
    assert (first["outcome"], first["status"]) == ("hung", 503)

    # The administrator tries again while it hangs: nothing more may be clicked.
    assert server.set_dnd("NIKITA", True)["outcome"] in ("hung", "already")

    wait_for("the late click has happened", lambda: microsip.state().clicks == 1)
    assert wait_for("it answers", lambda: settled(server, True))["outcome"] == "already"
    assert (microsip.state().dnd, microsip.state().clicks) == (True, 1)


def settled(server: Server, enabled: bool) -> dict[str, Any] | None:
    """The answer to a wish, once MicroSIP is not hung any more."""
    answer: dict[str, Any] = server.set_dnd("NIKITA", enabled)
    return None if answer["outcome"] == "hung" else answer


def test_a_frozen_window_keeps_its_last_status_and_recovers(server: Server, microsip: StandIn) -> None:
    microsip.hang(6.0)

    assert server.set_dnd("NIKITA", True)["outcome"] == "hung"
    assert server.status_of("NIKITA") == "online"

    assert wait_for("it answers", lambda: settled(server, True))["dnd"] is True
    assert (microsip.state().dnd, microsip.state().clicks) == (True, 1)


def test_without_a_button_it_is_unsupported_with_the_reason(server: Server, microsip: StandIn) -> None:
    microsip.settings_ok("all")

    answer = server.set_dnd("NIKITA", True)

    assert (answer["outcome"], answer["status"], answer["code"]) == ("unsupported", 409, "dnd-unsupported")
    assert "denyIncoming" in answer["detail"]
    assert microsip.state().clicks == 0


def test_a_click_that_changes_nothing_is_a_timeout_not_a_success(server: Server, microsip: StandIn) -> None:
    microsip.ignore_clicks()

    answer = server.set_dnd("NIKITA", True)

    assert answer["outcome"] == "timeout"
    assert microsip.state().dnd is False


def test_a_new_button_after_a_change_of_settings_is_found(server: Server, microsip: StandIn) -> None:
    assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
    before = microsip.state().button
    microsip.settings_ok()
    assert microsip.state().button != before

    assert server.set_dnd("NIKITA", False)["outcome"] == "applied"


def test_two_administrators_at_once_each_get_the_truth(server: Server, microsip: StandIn) -> None:
    answers = two_opposite_wishes(server, "NIKITA")

    assert all(answers[wanted]["dnd"] is wanted for wanted in (True, False))
    clicks, dnd = microsip.state().clicks, microsip.state().dnd
    applied = [wanted for wanted in (True, False) if answers[wanted]["outcome"] == "applied"]
    assert len(applied) == clicks
    assert dnd is (clicks % 2 == 1)


def test_two_copies_both_follow(testbed: WineTestbed, server: Server, microsip: StandIn, tmp_path: Path) -> None:
    second = start_microsip(testbed, tmp_path / "Second")
    try:
        assert server.set_dnd("NIKITA", True)["outcome"] == "applied"
        assert (microsip.state().dnd, second.state().dnd) == (True, True)
    finally:
        second.close()


def test_a_killed_agent_goes_offline_after_the_deadline(testbed: WineTestbed, server: Server, tmp_path: Path) -> None:
    microsip = start_microsip(testbed, tmp_path / "MicroSIP")
    agent = WineAgent(testbed, server, "Иванов-ПК")
    wait_for("the PC is there", lambda: server.status_of("Иванов-ПК") == "online")

    agent.kill()
    killed = time.monotonic()

    wait_for("the PC is offline", lambda: server.status_of("Иванов-ПК") == "offline")
    assert time.monotonic() - killed < 3 * HEARTBEAT + 2.0
    assert server.set_dnd("Иванов-ПК", True)["outcome"] == "unreachable"
    microsip.close()
