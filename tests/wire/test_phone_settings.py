"""Questions for settings, and answers that can't carry a secret."""

from __future__ import annotations

from typing import Any

import pytest

from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.phone_settings import decode_get_setting, decode_settings_answer


@pytest.mark.parametrize(
    ("body", "wanted"),
    [({}, None), ({"name": "DND"}, ["DND"]), ({"names": ["DND", "AA"]}, ["DND", "AA"])],
)
def test_one_several_or_all(body: dict[str, Any], wanted: list[str] | None) -> None:
    wish = decode_get_setting(encode(body))

    assert (wish.section, wish.wanted) == ("Settings", wanted)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "DND", "names": ["AA"]}, "not both"),
        ({"names": []}, "$.names"),
        ({"names": ["x" * 65]}, "$.names"),
        ({"names": ["x"] * 301}, "$.names"),
        ({"names": "DND"}, "$.names"),
        ({"name": "D\x1bND"}, "$.names"),
        ({"section": ""}, "$.section"),
        ({"section": "a\nb"}, "$.section"),
        ({"nmaes": ["DND"]}, "nmaes"),
    ],
)
def test_a_question_that_is_none_names_the_field(body: dict[str, Any], said: str) -> None:
    with pytest.raises(BadMessage) as error:
        decode_get_setting(encode(body))

    assert said in str(error.value)


@pytest.mark.parametrize(
    "setting",
    [
        {"present": True, "secret": True, "value": "hunter2"},
        {"present": True, "value": "\x1b[2J"},
        {"present": True, "value": "x" * 1041},
    ],
)
def test_an_agents_answer_with_a_secret_or_hostile_value_is_refused(setting: dict[str, Any]) -> None:
    answer = {"hostname": "NIKITA", "ini": "x.ini", "section": "Account1", "settings": {"password": setting}}

    with pytest.raises(BadMessage):
        decode_settings_answer(encode(answer))


def test_a_hostile_name_in_an_agents_answer_is_refused() -> None:
    answer = {"hostname": "NIKITA", "ini": "x.ini", "section": "S", "settings": {"a\x1b": {"present": True}}}

    with pytest.raises(BadMessage):
        decode_settings_answer(encode(answer))
