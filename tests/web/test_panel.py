"""The pages as the server gives them out, without a browser."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from microsip_manager.web.panel import PAGES, Panel, Visitor

ORDERS = ("dnd-form", "message-form", "phone-form", "settings-form", "wish-cancel")


def browser(role: str) -> TestClient:
    panel = Panel("1.2.3", lambda _: Visitor("anna", role))
    return TestClient(Starlette(routes=list(panel.routes())))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_to_the_servers_own_scripts_and_styles(path: str) -> None:
    answer = browser("admin").get(path.replace("{hostname}", "NIKITA"))

    assert answer.status_code == 200
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text


@pytest.mark.parametrize(("role", "offered"), [("viewer", []), ("operator", [*ORDERS]), ("admin", [*ORDERS])])
def test_orders_are_offered_to_whoever_may_give_them(role: str, offered: list[str]) -> None:
    page = browser(role).get("/client/NIKITA").text

    assert [name for name in ORDERS if f'id="{name}"' in page] == offered
