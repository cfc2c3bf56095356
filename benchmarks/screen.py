"""What a person sees: a line of progress while it runs (stderr), tables at the end (stdout)."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from benchmarks.figures import Target

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """One line written over on a terminal; a line every few seconds in a log."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown_at = 0.0

    def show(self, text: str) -> None:
        now = time.monotonic()
        line = f"{now - self._began:3.0f} s  {text}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif now - self._shown_at > SECONDS_BETWEEN_LINES:
            self._shown_at = now
            print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    for name, text in facts:
        print(f"  {name:<10}{text}")


def print_table(title: str, notes: Sequence[str], columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    print(f"\n{title}")
    for note in notes:
        print(f"  {note}")
    print()
    for name, *cells in (("", *columns), *rows):
        print(f"  {name:<26}{''.join(f'{cell:>26}' for cell in cells)}")


def print_targets(targets: Sequence[Target]) -> None:
    print("\nTargets")
    for target in targets:
        verdict = "ok" if target.met else "MISSED"
        print(f"  {verdict:<8}{target.what:<46}{target.measured:>24}   wanted {target.wanted}")
