"""What a setting is, and what a bad one says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the text names it and says what was expected."""


@dataclass(frozen=True)
class Setting:
    """One setting: `read` turns the text or value found into what the program uses, or raises `ValueError`."""

    name: str
    default: Any
    read: Callable[[object], Any]
    expected: str
    help: str
    secret: bool = False
    """True for a value that is never shown, not even a wrong one."""
