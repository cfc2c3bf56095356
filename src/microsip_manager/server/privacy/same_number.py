"""When two ways of writing mean one phone number. Pure."""

from __future__ import annotations


def same_number(one: str, other: str) -> bool:
    """True for the same digits; `+7 495 000-00-42`, `74950000042` and `sip:74950000042@pbx` are one."""
    return _essence(one) == _essence(other)


def holds_number(text: str, number: str) -> bool:
    """Whether the number stands somewhere in a text, if it has enough digits to be told from others."""
    digits = _essence(number)
    return len(digits) >= 5 and digits in "".join(filter(str.isdigit, text))


def _essence(number: str) -> str:
    user = number.strip().removeprefix("sips:").removeprefix("sip:").partition("@")[0]
    return "".join(filter(str.isdigit, user)) or user.casefold()
