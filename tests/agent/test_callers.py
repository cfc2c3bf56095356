"""Who may call the agent without a signature."""

from __future__ import annotations

import pytest

from microsip_manager.agent.callers import everybody, this_pc_only


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_pc_may(address: str) -> None:
    assert this_pc_only(address)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.12", "::ffff:192.0.2.12", "10.0.0.1", "fe80::1%eth0", "0.0.0.0", "::", "", "unix", "127.0.0.1.1"],
)
def test_nobody_else_may(address: str) -> None:
    assert not this_pc_only(address)


def test_where_the_port_is_open_everybody_may() -> None:
    assert everybody("192.0.2.12")
