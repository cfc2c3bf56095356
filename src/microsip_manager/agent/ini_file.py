"""Reading MicroSIP's ini while MicroSIP may be writing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from microsip_manager.agent.errors import DamagedIni
from microsip_manager.agent.microsip_ini import Ini, IniView, parsed, read_ini

READINGS = 6
PAUSE = 0.03
"""MicroSIP saves by more than a hundred small writes, which take some hundredths of a second."""

LARGEST = 4 * 1024 * 1024

Stamp = tuple[int, int]


class IniFile:
    """The ini of one MicroSIP. Read again only when its time or size has changed.

    `ansi` is the encoding of a file without a byte order mark, `wait` pauses between two readings.
    """

    def __init__(self, path: Path, ansi: str, wait: Callable[[float], object]) -> None:
        self.path = path
        self._ansi = ansi
        self._wait = wait
        self._stamp: Stamp | None = None
        self._found: IniView | DamagedIni | None = None

    def view(self) -> IniView:
        """What the ini says; raises `DamagedIni`, which names the file and what is wrong with it.

        While it cannot be read because MicroSIP is writing it, the last reading counts.
        """
        stamp = self._now()
        if stamp != self._stamp or self._found is None:
            self._read(stamp)
        if isinstance(self._found, DamagedIni):
            raise self._found
        if self._found is None:
            raise DamagedIni(f"{self.path}: it cannot be read at the moment")
        return self._found

    def read_all(self) -> Ini:
        """Everything in it, read now and not kept here, for it holds secrets; raises `DamagedIni`."""
        self._now()
        content = self._settled_content()
        if content is None:
            raise DamagedIni(f"{self.path}: it cannot be read at the moment")
        try:
            return parsed(content, self._ansi)
        except DamagedIni as error:
            raise DamagedIni(f"{self.path}: {error}") from None

    def _read(self, stamp: Stamp) -> None:
        content = self._settled_content()
        if content is None:
            return
        try:
            self._found = read_ini(content, self._ansi)
        except DamagedIni as error:
            self._found = DamagedIni(f"{self.path}: {error}")
        self._stamp = stamp

    def _settled_content(self) -> bytes | None:
        """The content, once two readings are equal; None when it does not come to rest."""
        before: bytes | None = None
        for _ in range(READINGS):
            content = self._content()
            if content is not None and content == before:
                return content
            before = content
            self._wait(PAUSE)
        return None

    def _content(self) -> bytes | None:
        """One reading; None when MicroSIP has the file for itself at the moment."""
        try:
            # Python opens files so that others may read and write them at the same time.
            with self.path.open("rb") as file:
                return file.read(LARGEST)
        except PermissionError:
            return None
        except OSError as error:
            raise self._unreadable(error) from None

    def _now(self) -> Stamp:
        try:
            found = self.path.stat()
        except OSError as error:
            raise self._unreadable(error) from None
        if found.st_size > LARGEST:
            raise DamagedIni(f"{self.path}: it is larger than {LARGEST} bytes")
        return found.st_mtime_ns, found.st_size

    def _unreadable(self, error: OSError) -> DamagedIni:
        missing = isinstance(error, FileNotFoundError)
        return DamagedIni(f"{self.path}: {'there is no such file' if missing else error.strerror or error}")
