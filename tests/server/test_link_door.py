"""`WS /api/agent` on the whole application."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.services import Services
from microsip_manager.wire.clients import AgentState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import SUBPROTOCOL, CloseCode, Heard, Report, decode_from_server
from microsip_manager.wire.paths import LINK
from tests.server.conftest import beat_of, caller_of

HERE = "ws://127.0.0.1:8083"
REPORT = encode(Report(beat_of("NIKITA"))).decode()


def test_an_agent_reports_and_takes_leave(api: TestClient, fleet: Fleet) -> None:
    with api.websocket_connect(HERE + LINK, subprotocols=[SUBPROTOCOL]) as link:
        link.send_text(REPORT)
        assert isinstance(decode_from_server(link.receive_text()), Heard)
        assert fleet.client("NIKITA").agent is AgentState.CONNECTED
        link.close(CloseCode.GOING_AWAY)

    assert fleet.client("NIKITA").agent is AgentState.LOST


@pytest.mark.parametrize(
    ("path", "subprotocols"), [(LINK, []), (LINK, ["microsip-manager.v99"]), ("/api/other", [SUBPROTOCOL])]
)
def test_no_link_is_opened_for_another_language_or_place(api: TestClient, path: str, subprotocols: list[str]) -> None:
    with pytest.raises(WebSocketDisconnect), api.websocket_connect(HERE + path, subprotocols=subprotocols):
        pass


@pytest.mark.parametrize("text", ["", "no JSON", '{"t":"beat"}', '{"t":"report","beat":{"hostname":"A\\u001bB"}}'])
def test_a_text_that_cannot_be_understood_ends_the_link(
    api: TestClient, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), api.websocket_connect(HERE + LINK, subprotocols=[SUBPROTOCOL]) as link:
        link.send_text(text)
        with pytest.raises(WebSocketDisconnect) as end:
            link.receive_text()

    assert end.value.code == CloseCode.BAD_TEXT
    assert "a link is closed, what came over it is not taken: " in caplog.text


def test_protected_mode_opens_no_link_to_others(services: Services) -> None:
    other = caller_of(services, "192.0.2.50")

    with pytest.raises(WebSocketDisconnect), other.websocket_connect(HERE + LINK, subprotocols=[SUBPROTOCOL]):
        pass


def test_a_web_page_elsewhere_opens_no_link(api: TestClient) -> None:
    page = {"origin": "http://elsewhere.example"}

    with (
        pytest.raises(WebSocketDisconnect),
        api.websocket_connect(HERE + LINK, subprotocols=[SUBPROTOCOL], headers=page),
    ):
        pass
