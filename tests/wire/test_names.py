"""Which names are legal, and which are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.wire.names import HOSTNAME_LIMIT, check_hostname, hostname_key
from microsip_manager.wire.paths import client


@pytest.mark.parametrize("name", ["NIKITA", "Иванов-ПК", "front desk", "pc.office.example", "x" * 255, "💼", "a..b"])
def test_spaces_cyrillic_and_dots_are_legal(name: str) -> None:
    check_hostname(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A/B",
        "A\x00",
        "A\nB",
        "A\x7f",
        "x" * 256,
        "\u202eATIKIN",
        "zero\u200bwidth",
        " A",
        "A ",
        ".",
        "..",
        "\ud800",
    ],
)
def test_what_could_break_a_url_a_log_or_a_screen_is_not(name: str) -> None:
    with pytest.raises(ValueError, match="hostname"):
        check_hostname(name)


@given(st.text())
def test_a_legal_name_is_one_line_and_one_path_segment(name: str) -> None:
    try:
        check_hostname(name)
    except ValueError:
        return
    assert 0 < len(name) <= HOSTNAME_LIMIT
    assert len(name.splitlines()) == 1
    assert client(name).count("/") == 3


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert hostname_key(hostname_key(name)) == hostname_key(name)
