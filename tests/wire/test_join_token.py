"""The one text by which an agent comes in."""

from __future__ import annotations

import base64
import json

import pytest

from microsip_manager.wire.join_token import LONGEST, BadJoinToken, JoinToken, join_token_text, read_join_token

KEY = "k" * 43
TOKEN = JoinToken(["http://172.16.99.12:8083", "https://сервер.example"], KEY, "a" * 64)


def text_of(value: object) -> str:
    return "mmj_" + base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_what_goes_in_comes_out() -> None:
    assert read_join_token(join_token_text(TOKEN)) == TOKEN
    assert read_join_token(join_token_text(JoinToken(["http://[::1]:8083"], KEY))).ca is None


def test_it_is_one_word() -> None:
    assert join_token_text(TOKEN).replace("_", "").replace("-", "").isalnum()


def test_blanks_and_line_breaks_that_a_mail_program_puts_in_do_no_harm() -> None:
    text = join_token_text(TOKEN)

    assert read_join_token(f"  {text[:20]}\r\n\t{text[20:]} \n") == TOKEN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with mmj_"),
        ("mmt_abc", "begins with mmj_"),
        ("mmj_", "do not belong"),
        ("mmj_abc!", "do not belong"),
        ("mmj_ключ", "do not belong"),
        (join_token_text(TOKEN)[:-9], "copy all of it"),
        ("mmj_" + "A" * 41, "copy all of it"),
        ("mmj_" + "A" * LONGEST, "not so long"),
        (text_of({"servers": [], "key": KEY}), "names no server"),
        (text_of({"servers": ["ftp://x.example"], "key": KEY}), "damaged"),
        (text_of({"servers": ["http://user:pass@x.example"], "key": KEY}), "damaged"),
        (text_of({"servers": ["http://x.example/path"], "key": KEY}), "damaged"),
        (text_of({"servers": ["http://x.example:99999"], "key": KEY}), "damaged"),
        (text_of({"servers": ["http://x.example\nHost: y"], "key": KEY}), "damaged"),
        (text_of({"servers": ["http://x.example"] * 21, "key": KEY}), "damaged"),
        (text_of({"servers": ["http://x.example"], "key": "short"}), "damaged"),
        (text_of({"servers": ["http://x.example"], "key": KEY, "ca": "zz"}), "damaged"),
        (text_of({"servers": ["http://x.example"], "key": KEY, "more": 1}), "damaged"),
        (text_of([[[]]] * 9), "damaged"),
    ],
)
def test_what_is_no_join_token_is_told_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(BadJoinToken, match=words) as error:
        read_join_token(text)

    assert KEY not in str(error.value)
