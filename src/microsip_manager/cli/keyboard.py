"""Single keys from the terminal, without Enter and without an echo."""

from __future__ import annotations

import re
import sys
from types import TracebackType
from typing import Final, Protocol, Self

UP: Final = "<up>"
DOWN: Final = "<down>"
PAGE_UP: Final = "<page-up>"
PAGE_DOWN: Final = "<page-down>"
HOME: Final = "<home>"
END: Final = "<end>"
ENTER: Final = "<enter>"
ESCAPE: Final = "<escape>"
BACKSPACE: Final = "<backspace>"

SEQUENCES = {
    "A": UP, "B": DOWN, "H": HOME, "F": END,
    "1~": HOME, "4~": END, "5~": PAGE_UP, "6~": PAGE_DOWN, "7~": HOME, "8~": END
}  # fmt: skip
CONTROLS = {"\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE}
SCAN_CODES = {"H": UP, "P": DOWN, "I": PAGE_UP, "Q": PAGE_DOWN, "G": HOME, "O": END}
"""What follows \\x00 or \\xe0 in a Windows console."""

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;]*|O)([A-Za-z~])")


class Keyboard(Protocol):
    def read(self, seconds: float) -> list[str]:
        """The keys pressed, after waiting for one for so long. Named keys are the constants of this module."""
        ...


def keys_in(text: str) -> list[str]:
    """The keys that make a terminal send this text. What is no key of ours is left out."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if sequence := _SEQUENCE.match(text, at):
            final = sequence[1]
            key = SEQUENCES.get(sequence[0][2:] if final == "~" else final)
            found += [key] if key else []
            at = sequence.end()
            continue
        character = text[at]
        if character == "\x1b":
            found.append(ESCAPE)
        elif character in CONTROLS:
            found.append(CONTROLS[character])
        elif character.isprintable():
            found.append(character)
        at += 1
    return found


if sys.platform == "win32":
    import msvcrt
    import time

    class TerminalKeyboard:
        """The console of Windows."""

        def __enter__(self) -> Self:
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            pass

        def read(self, seconds: float) -> list[str]:
            deadline = time.monotonic() + seconds
            while not msvcrt.kbhit():
                if time.monotonic() > deadline:
                    return []
                # The console has no wait with a limit.
                time.sleep(0.02)
            first = msvcrt.getwch()
            if first in "\x00\xe0":
                key = SCAN_CODES.get(msvcrt.getwch())
                return [key] if key else []
            if first == "\x03":
                raise KeyboardInterrupt
            return keys_in(first)

else:
    import codecs
    import os
    import select
    import termios
    import tty

    class TerminalKeyboard:
        """A POSIX terminal, which is put back as it was at the end."""

        def __init__(self) -> None:
            self._fd = sys.stdin.fileno()
            self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

        def __enter__(self) -> Self:
            self._before = termios.tcgetattr(self._fd)
            # Ctrl-C stays a signal.
            tty.setcbreak(self._fd)
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

        def read(self, seconds: float) -> list[str]:
            ready, _, _ = select.select([self._fd], [], [], seconds)
            if not ready:
                return []
            sent = os.read(self._fd, 1024)
            if not sent:
                raise KeyboardInterrupt  # the terminal is gone
            return keys_in(self._decode(sent))
