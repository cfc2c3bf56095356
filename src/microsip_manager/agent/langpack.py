"""MicroSIP's language file, `langpack_*.txt` beside the program: `[English]` and on the next line the translation."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from pathlib import Path

from microsip_manager.agent.calls_section import DO_NOT_DISTURB, printable

ENGLISH = "Do Not Disturb"
LARGEST = 1024 * 1024


def dnd_notes(folder: Path, ansi: str) -> frozenset[str]:
    """What a MicroSIP in this folder may note of a call that DND rejected. `ansi`: Windows' ANSI code page."""
    return DO_NOT_DISTURB | frozenset(translated(folder, [ENGLISH], ansi).values())


def translated(folder: Path, english: Collection[str], ansi: str) -> dict[str, str]:
    """How a MicroSIP in this folder says these words; those that it says in English are not among them."""
    # MicroSIP takes the first file that Windows finds; names are sorted there.
    for file in sorted(folder.glob("langpack_*.txt")):
        try:
            with file.open("rb") as opened:
                return translations(opened.read(LARGEST), english, ansi)
        except OSError:
            break
    return {}


def translations(content: bytes, english: Collection[str], ansi: str) -> dict[str, str]:
    """How a language file translates these words, as far as it does."""
    wanted = {f"[{word}]".lower(): word for word in english}
    lines = [line.strip() for line in _text(content, ansi).splitlines()]
    found: dict[str, str] = {}
    for line, after in itertools.pairwise(lines):
        word, translation = wanted.get(line.lower()), printable(after)
        if word and translation and not translation.startswith(("[", ";")):
            found.setdefault(word, translation)
    return found


def _text(content: bytes, ansi: str) -> str:
    if content.startswith(b"\xff\xfe"):
        return content[2:].decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(ansi, errors="replace")
