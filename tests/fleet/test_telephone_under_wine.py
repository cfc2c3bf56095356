"""Telephone commands end to end: a server on Linux, the agent in Windows Python, and a stand-in MicroSIP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fleet.processes import Server, wait_for
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.standin.handle import StandIn
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine

INI = """[Settings]
accountId=1
denyIncoming=button
callsLastKey=-1
[Account1]
server=pbx.example
domain=pbx.example
username=485
"""


@pytest.fixture
def microsip(testbed: WineTestbed, server: Server, windows_agent: WineAgent, tmp_path: Path) -> Iterator[StandIn]:
    folder = tmp_path / "MicroSIP"
    folder.mkdir()
    (folder / "MicroSIP.ini").write_bytes(b"\xff\xfe" + INI.replace("\n", "\r\n").encode("utf-16-le"))
    started = start_microsip(testbed, folder)
    wait_for("NIKITA is there", lambda: server.status_of("NIKITA") == "online")
    yield started
    if started.process.poll() is None:
        started.close()
    wait_for("NIKITA is gone", lambda: server.get("/api/clients/NIKITA/status")["status"] == "offline")


def tell(server: Server, action: str, **more: str) -> dict[str, Any]:
    url = f"{server.url}/api/clients/NIKITA/telephone"
    told: dict[str, Any] = requests.post(url, json={"action": action, **more}, timeout=30).json()
    return told


def call_now(server: Server) -> tuple[str, str | None, str]:
    call = server.get("/api/clients/NIKITA")["phone"]["call"]
    return call["state"], call["direction"], call["number"]


def test_a_call_is_made_and_ended_from_afar_and_stands_in_the_list(
    server: Server, windows_agent: WineAgent, microsip: StandIn
) -> None:
    assert tell(server, "dial", number="+74950000042")["outcome"] == "taken"
    wait_for("it calls", lambda: microsip.state().calls == "+74950000042 out calling")
    wait_for("the call shows", lambda: call_now(server) == ("in_call", "outgoing", "…42"))
    assert tell(server, "dial", number="101")["outcome"] == "in_call"

    microsip.remote_answers()
    assert tell(server, "hang_up")["outcome"] == "taken"

    wait_for("the call has ended", lambda: microsip.state().calls == "")
    wait_for("no call shows", lambda: call_now(server) == ("idle", None, ""))
    [call] = wait_for("the call is stored", lambda: [c for c in server.get("/api/calls?extension=485") if c["ended"]])
    assert (call["number"], call["direction"]) == ("+74950000042", "outgoing")
    assert microsip.state().dialled_count == 1
    for log in (windows_agent.log(), server.running.said()):
        # Both log at DEBUG, where numbers are not masked.
        assert "NIKITA: telephone dial +74950000042: taken" in log


def test_a_number_is_kept_from_one_that_is_not_registered(server: Server, microsip: StandIn) -> None:
    microsip.registration("connecting")

    told = tell(server, "dial", number="101")

    assert (told["code"], told["outcome"]) == ("not-registered", "not_registered")
    assert "Connecting..." in told["detail"]
    assert microsip.state().pending_dial == ""


def test_closing_it_is_done_when_it_is_done(server: Server, microsip: StandIn) -> None:
    assert tell(server, "close") == {"hostname": "NIKITA", "action": "close", "outcome": "done", "detail": ""}

    assert microsip.wait() == 0
    assert tell(server, "close")["outcome"] == "already"
    assert tell(server, "answer")["outcome"] == "not_running"
    # Every program under Wine runs as administrator, and one that does must not start a MicroSIP.
    assert tell(server, "start")["outcome"] == "denied"
