"""Whom a command to many is for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from microsip_manager.server.audience import choose, would_stay
from microsip_manager.wire.bulk import Audience
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def client(hostname: str, status: PhoneStatus) -> ClientState:
    return ClientState(hostname, "485", status, NOON, NOON, "192.0.2.17", 8084, "0.1.0", False)


NIKITA, OLGA = client("NIKITA", PhoneStatus.ONLINE), client("OLGA", PhoneStatus.DND)
PAVEL, ANNA = client("PAVEL", PhoneStatus.OFFLINE), client("Анна", PhoneStatus.ONLINE)
CLIENTS = {"pavel": PAVEL, "nikita": NIKITA, "olga": OLGA, "анна": ANNA}
SALES = ["OLGA", "pavel", "Ghost", "АННА"]


@pytest.mark.parametrize(
    ("audience", "known", "unheard_of"),
    [
        ({"all": True}, [NIKITA, OLGA, ANNA, PAVEL], []),
        ({"hostnames": ["olga", "NIKITA", "Olga", "NOBODY"]}, [OLGA, NIKITA], ["NOBODY"]),
        ({"group": "Sales"}, [OLGA, ANNA, PAVEL], ["Ghost"]),
        ({"group": "Sales", "status": PhoneStatus.ONLINE}, [ANNA], []),
        ({"group": "Sales", "hostnames": ["NIKITA", "OLGA", "GHOST"]}, [OLGA], ["GHOST"]),
        ({"label": "floor"}, [NIKITA, OLGA], []),
        ({"label": "floor", "group": "Sales"}, [OLGA], []),
        ({"status": PhoneStatus.OFFLINE}, [PAVEL], []),
    ],
)
def test_it_is_for_those_who_are_named(
    audience: dict[str, Any], known: list[ClientState], unheard_of: list[str]
) -> None:
    chosen = choose(Audience(**audience), CLIENTS, SALES, {"nikita", "olga", "elsewhere"})

    assert list(chosen.known) == known
    assert list(chosen.unheard_of) == unheard_of


def test_who_is_online_and_not_addressed_would_stay() -> None:
    assert would_stay(CLIENTS.values(), set()) == 2
    assert would_stay(CLIENTS.values(), {"nikita", "olga", "pavel"}) == 1
    assert would_stay([], set()) == 0
