"""Messages to the user on the wire: hostile text is refused or made harmless."""

from __future__ import annotations

from typing import Any

import pytest

from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.messages import DisplayMessage, Severity, decode_display_message


def decoded(**fields: Any) -> DisplayMessage:
    return decode_display_message(encode({"text": "Hello", **fields}))


def test_a_text_alone_is_enough() -> None:
    message = decoded()

    assert (message.title, message.severity, message.timeout, message.buttons) == ("", Severity.INFO, None, ["OK"])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one\ntwo\r\nthree", ["one", "two", "three"]),
        ("№\u00a05\tшт.", ["№ 5 шт."]),
        ("<b>&amp;%s{0}\\n</b>", ["<b>&amp;%s{0}\\n</b>"]),
        ("😀 ❤\ufe0f", ["😀 ❤\ufe0f"]),
    ],
)
def test_text_is_text(text: str, lines: list[str]) -> None:
    assert decoded(text=text).lines == lines


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\r", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff"])
@pytest.mark.parametrize("field", ["text", "title", "buttons"])
def test_control_and_direction_characters_are_refused_by_the_name_of_the_field(field: str, character: str) -> None:
    hostile = f"in{character}voice"

    with pytest.raises(BadMessage) as error:
        decoded(**{field: [hostile] if field == "buttons" else hostile})

    assert f"`$.{field}`" in str(error.value)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "$.text"),
        ({"text": " \n "}, "$.text"),
        ({"text": "x" * 2001}, "$.text"),
        ({"title": "x" * 101}, "$.title"),
        ({"title": "two\nlines"}, "$.title"),
        ({"severity": "fatal"}, "$.severity"),
        ({"timeout": 0}, "$.timeout"),
        ({"timeout": 86401}, "$.timeout"),
        ({"timeout": "5"}, "$.timeout"),
        ({"buttons": []}, "$.buttons"),
        ({"buttons": ["1", "2", "3", "4"]}, "$.buttons"),
        ({"buttons": ["x" * 31]}, "$.buttons"),
        ({"buttons": [" "]}, "$.buttons"),
        ({"buttons": ["OK", "OK"]}, "different labels - at `$.buttons`"),
        ({"id": "../../health"}, "$.id"),
        ({"timout": 5}, "timout"),
        ({"hostname": "a/b"}, "$.hostname"),
    ],
)
def test_what_cannot_be_shown_names_the_field(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadMessage) as error:
        decoded(**fields)

    assert said in str(error.value)
