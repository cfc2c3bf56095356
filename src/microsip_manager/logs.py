"""The log: one line an event, on the terminal and, where one is wanted, in rotating files.

What came over the network cannot forge a line or move a cursor: control and invisible characters are shown, not obeyed.
"""

from __future__ import annotations

import logging
import re
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILES = 5
FILE_BYTES = 1_000_000

SHOWN_DIGITS = 3
"""Of a masked number: enough to tell two calls apart, too few to call."""

EXTENSION_DIGITS = 5
"""A number with no more digits is an extension of the house."""

CHATTY = ("httpx2", "uvicorn", "websockets", "alembic")
"""These tell of every request and every step of their own; our lines already say what came of it."""

_HIDDEN = re.compile(r"[^\x20-\x7e]")


class UnusableLogFile(Exception):
    """The log file cannot be written; the text names it and says why."""


def start_logging(level: str, file: Path | None = None) -> None:
    """Log to the terminal, if there is one, and to the file, if one is given; raises `UnusableLogFile`."""
    handlers: list[logging.Handler] = [] if sys.stderr is None else [logging.StreamHandler()]  # pythonw has none
    if file is not None:
        handlers.append(_file_handler(file))
    for handler in handlers:
        handler.setFormatter(OneLineFormatter())
    logging.basicConfig(level=level, handlers=handlers)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


def masked(number: str) -> str:
    """A phone number as a log may show it: only its last digits, unless the log is at DEBUG; extensions whole.

    Every number of a caller or called one that goes into a log goes through here.
    """
    digits = sum(character.isdigit() for character in number)
    if digits <= EXTENSION_DIGITS or logging.getLogger().isEnabledFor(logging.DEBUG):
        return number
    return "***" + "".join(character for character in number if character.isdigit())[-SHOWN_DIGITS:]


def visible(text: str) -> str:
    """The text with control and invisible characters written out, such as `\\n` and `\\x1b`."""
    if text.isprintable():
        return text
    return _HIDDEN.sub(lambda found: found[0] if found[0].isprintable() else _written_out(found[0]), text)


class OneLineFormatter(logging.Formatter):
    """An event is one line. Behind an error its traceback follows, each line of it visibly not an event."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        return _indented(super().formatException(ei))  # type: ignore[arg-type] # its type is private to logging

    def formatStack(self, stack_info: str) -> str:
        return _indented(stack_info)


class PatientFileHandler(RotatingFileHandler):
    """Goes on in the same file while it cannot be renamed: on Windows somebody may have it open to read."""

    def doRollover(self) -> None:
        if self.stream is not None:
            self.stream.close()
        # The newest is put aside first: when that fails, the older ones are still where they were.
        with suppress(OSError):
            Path(self.baseFilename).replace(self._older(0))
            for number in reversed(range(self.backupCount)):
                if (file := self._older(number)).exists():
                    file.replace(self._older(number + 1))
        self.stream = self._open()

    def _older(self, number: int) -> Path:
        return Path(f"{self.baseFilename}.{number}")


def _file_handler(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return PatientFileHandler(
            file, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise UnusableLogFile(f"LOG_FILE {str(file)!r} cannot be written: {error.strerror or error}") from None


def _indented(text: str) -> str:
    return "\n".join(f"  | {visible(line)}" for line in text.split("\n"))


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
