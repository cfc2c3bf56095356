"""Signatures of requests and answers: whatever is changed, they no longer fit."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.signature import (
    Order,
    Signature,
    answer_header,
    command_key,
    is_signed,
    is_signed_answer,
    read_signature,
    signed,
)

KEY = command_key(hashlib.sha256(b"mma_one").digest())
ORDER = Order("POST", "/api/set_dnd", b'{"enabled":true}', "NIKITA")
NONCE = "0f3c2a9d5b7e4c18a6d2e0f493b7c581"

texts = st.text(st.characters(codec="utf-8"), max_size=40)
nonces = st.text("0123456789abcdef", min_size=32, max_size=32)
times = st.integers(0, 10**10 - 1)
orders = st.builds(Order, method=texts, target=texts, body=st.binary(max_size=40), hostname=texts)
keys = st.binary(min_size=32, max_size=32)


@given(keys, orders, times, nonces)
def test_what_was_signed_is_known_again_from_its_header(key: bytes, order: Order, time: int, nonce: str) -> None:
    signature = signed(key, order, time, nonce)

    assert read_signature(signature.header()) == signature
    assert is_signed(key, order, signature)


def meant(order: Order) -> tuple[object, ...]:
    return order.method, order.target, order.body, hostname_key(order.hostname)


@given(orders, orders, times, times, nonces, nonces)
def test_nothing_else_has_the_same_signature(
    one: Order, other: Order, time: int, later: int, nonce: str, another: str
) -> None:
    assume((meant(one), time, nonce) != (meant(other), later, another))

    assert not is_signed(KEY, other, Signature(later, another, signed(KEY, one, time, nonce).value))


@given(orders, st.sampled_from(["method", "target", "body", "hostname"]), st.data())
def test_a_change_of_one_part_is_noticed(order: Order, part: str, data: st.DataObject) -> None:
    other: Any = data.draw(st.binary(max_size=40) if part == "body" else texts)
    changed = dataclasses.replace(order, **{part: other})
    assume(meant(changed) != meant(order))

    assert not is_signed(KEY, changed, signed(KEY, order, 1, NONCE))


@given(texts, texts, texts)
def test_letters_that_move_from_one_part_into_the_next_are_noticed(first: str, moved: str, last: str) -> None:
    assume(moved)
    one, other = Order(first + moved, last, b"", "NIKITA"), Order(first, moved + last, b"", "NIKITA")

    assert not is_signed(KEY, other, signed(KEY, one, 1, NONCE))


@given(st.integers(0, 113), st.characters(codec="ascii"))
def test_any_other_header_is_another_signature_or_none(place: int, sign: str) -> None:
    header = signed(KEY, ORDER, 1767225600, NONCE).header()
    changed = header[:place] + sign + header[place + 1 :]
    assume(changed != header)

    read = read_signature(changed)

    assert read is None or not is_signed(KEY, ORDER, read)


def test_a_time_has_one_spelling_only() -> None:
    header = signed(KEY, ORDER, 7, NONCE).header()

    for spelt in ("07", "+7", " 7", "7 ", "٧", "7.0", ""):
        assert read_signature(header.replace("t=7", f"t={spelt}")) is None
    assert read_signature(f"{header},{header}") is None
    assert read_signature(f"{header}\n") is None


@given(keys)
def test_another_key_does_not_fit(key: bytes) -> None:
    assume(key != KEY)

    assert not is_signed(key, ORDER, signed(KEY, ORDER, 1, NONCE))


def test_upper_and_lower_case_of_a_name_are_the_same_pc() -> None:
    assert is_signed(KEY, dataclasses.replace(ORDER, hostname="nikita"), signed(KEY, ORDER, 1, NONCE))


def test_the_key_comes_from_what_the_server_keeps() -> None:
    kept = hashlib.sha256(b"mma_one").digest()

    assert command_key(kept) == hmac.new(kept, b"commands", hashlib.sha256).digest()


def documented(*parts: str) -> str:
    """The signature of these parts, made as docs/API_REFERENCE.md tells it."""
    text = "".join(f"{len(part.encode())}:{part}\n" for part in parts)
    return hmac.new(KEY, text.encode(), "sha256").hexdigest()


def test_what_is_signed_is_what_the_reference_tells() -> None:
    body = hashlib.sha256(ORDER.body).hexdigest()
    asked = ("microsip-manager request", "POST", "/api/set_dnd", body, "1767268800", NONCE, "nikita")
    answered = ("microsip-manager answer", NONCE, "nikita", "200", body)

    assert signed(KEY, ORDER, 1767268800, NONCE).header() == f"t=1767268800,n={NONCE},v1={documented(*asked)}"
    assert answer_header(KEY, NONCE, "NIKITA", 200, ORDER.body) == f"v1={documented(*answered)}"


answers = st.tuples(nonces, texts, st.integers(100, 599), st.binary(max_size=40))


@given(answers, answers)
def test_an_answer_fits_its_request_and_no_other(
    one: tuple[str, str, int, bytes], other: tuple[str, str, int, bytes]
) -> None:
    header = answer_header(KEY, *one)

    assert is_signed_answer(KEY, *one, header)
    assume((one[0], hostname_key(one[1]), *one[2:]) != (other[0], hostname_key(other[1]), *other[2:]))
    assert not is_signed_answer(KEY, *other, header)


def test_the_signature_of_a_request_is_none_of_an_answer() -> None:
    signature = signed(KEY, ORDER, 1, NONCE)

    for header in ("", signature.header(), f"v1={signature.value}", "v1=é"):
        assert not is_signed_answer(KEY, NONCE, "NIKITA", 200, ORDER.body, header)
