"""Where the server calls agents, and where it does not, whatever a heartbeat says."""

from __future__ import annotations

import pytest

from microsip_manager.server.agent_address import why_not_called
from microsip_manager.settings.declared import AGENT_NETWORKS

BY_DEFAULT = AGENT_NETWORKS.read(AGENT_NETWORKS.default)
EVERYWHERE = AGENT_NETWORKS.read("0.0.0.0/0 ::/0")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.99.17", "192.168.1.5", "::1", "fd12::5", "::ffff:10.1.2.3"],
)
def test_loopback_and_private_addresses_are_called_by_default(address: str) -> None:
    assert why_not_called(address, 8084, BY_DEFAULT) == ""


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "::ffff:8.8.8.8"])
def test_others_are_called_where_the_setting_says_so(address: str) -> None:
    assert "outside AGENT_NETWORKS" in why_not_called(address, 8084, BY_DEFAULT)
    assert why_not_called(address, 8084, EVERYWHERE) == ""


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd12::5%eth0",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_what_is_no_pc_is_never_called(address: str) -> None:
    for networks in (BY_DEFAULT, EVERYWHERE):
        assert "not the address of a PC" in why_not_called(address, 8084, networks)


@pytest.mark.parametrize("address", ["testclient", "10.0.0.1.2", "evil.example", "010.0.0.1", "10.0.0.1:80"])
def test_what_is_no_address_is_not_called(address: str) -> None:
    assert "is not an address" in why_not_called(address, 8084, EVERYWHERE)
    assert "no heartbeat" in why_not_called("", 8084, EVERYWHERE)


@pytest.mark.parametrize("port", [1, 22, 80, 443, 445, 1023])
def test_the_services_of_a_system_are_not_called(port: int) -> None:
    assert f"at port {port}" in why_not_called("10.1.2.3", port, BY_DEFAULT)
    assert why_not_called("10.1.2.3", 1024, BY_DEFAULT) == ""
