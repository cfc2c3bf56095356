"""What the client of a new agent is called."""

from __future__ import annotations

from itertools import islice

import pytest

from microsip_manager.server.identity.agent_names import MOST_NAMESAKES, clone_name, names
from microsip_manager.wire.names import check_hostname


def first(hostname: str, user: str = "", count: int = 3) -> list[str]:
    return list(islice(names(hostname, user), count))


def test_the_first_one_has_the_name_of_the_pc_and_others_a_number() -> None:
    assert first("NIKITA") == ["NIKITA", "NIKITA~2", "NIKITA~3"]


def test_a_second_session_has_the_name_of_its_user() -> None:
    assert first("TERMINAL", "OFFICE\\olga") == ["TERMINAL", "TERMINAL~olga", "TERMINAL~2"]
    assert first("TERMINAL", "olga@office.example")[1] == "TERMINAL~olga"


@pytest.mark.parametrize("user", ["a/b", "..", " ", "x\u202ey", "д" * 104, "\\", "@", "a\x00b"])
@pytest.mark.parametrize("hostname", ["NIKITA", "Я" * 255])
def test_whatever_user_and_hostname_are_the_name_is_a_legal_one(hostname: str, user: str) -> None:
    for name in first(hostname, user, 5):
        check_hostname(name)


def test_all_names_differ_and_end() -> None:
    found = list(names("X" * 255, "olga"))

    assert len(found) == len(set(found)) == MOST_NAMESAKES
    assert clone_name("NIKITA") == "NIKITA~clone"
