"""Which `Host` a request may name."""

from __future__ import annotations

import pytest

from microsip_manager.wire.host_header import names_this_machine, own_names

OWN = own_names("NIKITA.office.example")


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "LOCALHOST:8084",
        "127.0.0.1:8084",
        "[::1]:8084",
        "192.0.2.17",
        "nikita:8084",
        "nikita.office.example",
    ],
)
def test_addresses_and_own_names_are_answered(header: str) -> None:
    assert names_this_machine(header, OWN)


@pytest.mark.parametrize(
    "header", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "nikita.evil"]
)
def test_a_foreign_name_is_not(header: str) -> None:
    assert not names_this_machine(header, OWN)
