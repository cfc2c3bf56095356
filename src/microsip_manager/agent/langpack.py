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
    return DO_NOT_DISTURB | translated(folder, ansi, [ENGLISH])


def translated(folder: Path, ansi: str, words: Collection[str]) -> frozenset[str]:
    """The English words, and what a MicroSIP in this folder says in their place."""
    # MicroSIP takes the first file that Windows finds; names are sorted there.
    for file in sorted(folder.glob("langpack_*.txt")):
        try:
            with file.open("rb") as opened:
                content = opened.read(LARGEST)
        except OSError:
            break
        return frozenset(words).union(*(translations(content, ansi, word) for word in words))
    return frozenset(words)


def translations(content: bytes, ansi: str, english: str = ENGLISH) -> frozenset[str]:
    """How a language file translates Do Not Disturb, or other words; empty when it does not."""
    lines = [line.strip() for line in _text(content, ansi).splitlines()]
    wanted = f"[{english}]".lower()
    found = (after for line, after in itertools.pairwise(lines) if line.lower() == wanted)
    return frozenset(note for note in map(printable, found) if note and not note.startswith(("[", ";")))


def _text(content: bytes, ansi: str) -> str:
    if content.startswith(b"\xff\xfe"):
        return content[2:].decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(ansi, errors="replace")
