"""Text from the network, made fit for a screen: printable, bounded, and nothing but text."""

from __future__ import annotations

import json
import re

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def one_line(text: object, limit: int = 255) -> str:
    """The text with blanks for line breaks and a visible sign for everything else that is not printable."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else REPLACEMENT for c in str(text))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def as_lines(text: str) -> str:
    """Many lines for a screen or a pipe: line breaks stay, and all else that is not printable becomes visible."""
    return "".join(c if c.isprintable() or c == "\n" else "" if c in "\r\ufeff" else REPLACEMENT for c in text)


def duration(seconds: int) -> str:
    """Hours, minutes and seconds as a clock shows them."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def as_json(value: object, *, indent: int | None = 2) -> str:
    """JSON for programs. What a terminal would obey or hide is escaped, so that it can be looked at, too."""
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, ensure_ascii=False, indent=indent)
    return re.sub(r"[^\x20-\x7e\n]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
