"""What cannot be migrated, by name and line."""

from __future__ import annotations

from microsip_manager.cli.text import one_line


class Unreadable(Exception):
    """A file, or one place in it, cannot be understood; the text names both."""

    def __init__(self, file: object, place: str, why: str) -> None:
        super().__init__(one_line(f"{file}{f', {place}' if place else ''}: {why}", 1000))
