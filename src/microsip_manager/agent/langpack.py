"""MicroSIP's language file, `langpack_*.txt` beside the program: `[English]` and on the next line the translation."""

from __future__ import annotations

import itertools
from pathlib import Path

from microsip_manager.agent.calls_section import DO_NOT_DISTURB, printable

ENGLISH = "Do Not Disturb"
LARGEST = 1024 * 1024


def dnd_notes(folder: Path, ansi: str) -> frozenset[str]:
    """What a MicroSIP in this folder may note of a call that DND rejected. `ansi`: Windows' ANSI code page."""
    # MicroSIP takes the first file that Windows finds; names are sorted there.
    for file in sorted(folder.glob("langpack_*.txt")):
        try:
            with file.open("rb") as opened:
                return DO_NOT_DISTURB | translations(opened.read(LARGEST), ansi)
        except OSError:
            break
    return DO_NOT_DISTURB


def translations(content: bytes, ansi: str) -> frozenset[str]:
    """How a language file translates Do Not Disturb; empty when it does not."""
    lines = [line.strip() for line in _text(content, ansi).splitlines()]
    wanted = f"[{ENGLISH}]".lower()
    found = (after for line, after in itertools.pairwise(lines) if line.lower() == wanted)
    return frozenset(note for note in map(printable, found) if note and not note.startswith(("[", ";")))


def _text(content: bytes, ansi: str) -> str:
    if content.startswith(b"\xff\xfe"):
        return content[2:].decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(ansi, errors="replace")
