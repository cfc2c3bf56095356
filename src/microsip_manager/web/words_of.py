"""Everything the panel says, in each language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "ru")
NAMES = {"en": "English", "ru": "Русский"}
USUAL = "en"


@cache
def words_of(language: str) -> dict[str, Any]:
    """By key: a text with `{names}` to fill in, or one for each plural form (`one`, `few`, `many`, `other`)."""
    found: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def best_language(wanted: str, accepted: str) -> str:
    """The one chosen before, if it is one of ours; else the first that the browser accepts and we have."""
    if wanted in LANGUAGES:
        return wanted
    return next((one for one in _in_order(accepted) if one in LANGUAGES), USUAL)


def _in_order(accepted: str) -> Iterable[str]:
    """The languages of an `Accept-Language` header (RFC 9110, 12.5.4), the most wanted first, without their regions."""
    ranked = []
    for part in accepted.split(",")[:20]:
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, name.partition("-")[0].lower()))
    return (name for weight, name in sorted(ranked, key=lambda pair: pair[0]) if weight < 0)
