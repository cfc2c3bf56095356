"""MicroSIP's ini: where it lies, how Windows reads it, and the few things the agent wants from it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from microsip_manager.agent.answering import DEFAULTS, Answering, read_answering
from microsip_manager.agent.calls_section import CallEntry, read_entries
from microsip_manager.agent.errors import DamagedIni
from microsip_manager.wire.names import EXTENSION_LIMIT

VALUE_LIMIT = 255
"""Characters of a value that MicroSIP reads."""

ACCOUNT_VALUE_LIMIT = 1040
"""The same for the long values of an account."""

BLANKS = " \t\v\f"

DND_BUTTON = "button"
"""The value of `denyIncoming` with which there is a DND button."""

ENCODING_OF_MARK = {b"\xff\xfe": "utf-16-le", b"\xef\xbb\xbf": "utf-8"}


@dataclass(frozen=True)
class IniView:
    """What the agent wants to know from the ini."""

    extension: str = ""
    """User name of the active account; empty when none is active."""
    deny_incoming: str = DND_BUTTON
    answering: Answering = DEFAULTS
    calls: tuple[CallEntry, ...] = ()
    """MicroSIP's list of calls."""
    notes_every_end: bool = False
    """Whether a call that has ended always has a note. MicroSIP 3.14, which keeps no `callsLastKey`, often has none."""

    @property
    def promises_a_button(self) -> bool:
        return self.deny_incoming == DND_BUTTON


@dataclass(frozen=True)
class Section:
    """A section's name, and its keys and values as they are written, by key in lower case."""

    name: str
    values: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)


NO_SECTION = Section("")


class Ini:
    """Values by section and key, found as the Windows profile functions find them."""

    def __init__(self, text: str) -> None:
        self._sections: dict[str, Section] = {}
        section = Section("")
        for line in re.split(r"\r\n|\r|\n", text):
            line = line.strip(BLANKS)
            if line.startswith("["):
                section = self._begin(line)
            elif "=" in line and not line.startswith(";"):
                key, _, value = line.partition("=")
                # The first of two equal keys is the one that Windows finds.
                key = key.strip(BLANKS)
                section.values.setdefault(key.lower(), (key, _unquoted(value.strip(BLANKS))))

    def __contains__(self, section: str) -> bool:
        return section.lower() in self._sections

    def get(self, section: str, key: str, limit: int = VALUE_LIMIT) -> str | None:
        """The value, cut to what MicroSIP reads of it; None when the key is missing."""
        found = self._sections.get(section.lower(), NO_SECTION).values.get(key.lower())
        return None if found is None else found[1][:limit]

    def sections(self) -> list[str]:
        """The names of all sections, as they are written."""
        return [section.name for section in self._sections.values()]

    def keys(self, section: str) -> list[str]:
        """The keys of a section, as they are written; none when there is no such section."""
        return [key for key, _ in self._sections.get(section.lower(), NO_SECTION).values.values()]

    def section(self, name: str) -> dict[str, str]:
        """All values of a section, uncut, by key in lower case."""
        return {key: value for key, (_, value) in self._sections.get(name.lower(), NO_SECTION).values.items()}

    @property
    def active_account(self) -> str:
        """The section of the active account; empty when none is active. Raises `DamagedIni`."""
        number = self.get("Settings", "accountId") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", number):
            raise DamagedIni("accountId is not a number")
        return f"Account{int(number)}" if int(number) else ""

    def _begin(self, line: str) -> Section:
        """The section that this line opens. One that comes again is not looked into."""
        name = line[1:].partition("]")[0]
        begun = Section(name)
        return begun if name.lower() in self._sections else self._sections.setdefault(name.lower(), begun)


def read_ini(content: bytes, ansi: str) -> IniView:
    """What the agent wants from the content of an ini; raises `DamagedIni`, with what is wrong.

    `ansi` is the encoding of a file without a byte order mark: Windows' ANSI code page.
    """
    ini = parsed(content, ansi)
    deny_incoming = ini.get("Settings", "denyIncoming")
    return IniView(
        _extension(ini),
        DND_BUTTON if deny_incoming is None else deny_incoming,
        read_answering(lambda key: ini.get("Settings", key)),
        read_entries(ini.section("Calls")),
        notes_every_end=ini.get("Settings", "callsLastKey") is not None,
    )


def parsed(content: bytes, ansi: str) -> Ini:
    """The content of an ini, read as Windows reads it; raises `DamagedIni`."""
    ini = Ini(_text(content, ansi))
    if "Settings" not in ini:
        raise DamagedIni("it has no section [Settings]")
    return ini


def ini_path(
    exe: PureWindowsPath, install_folders: Iterable[PureWindowsPath | None], appdata: PureWindowsPath
) -> PureWindowsPath:
    """Where the MicroSIP with this program file keeps its ini.

    Installed means that one of the install folders (None: one that says nothing about its place) is the program's:
    then it is in `appdata`, MicroSIP's own folder below %APPDATA%. Otherwise it lies beside the program.
    """
    installed = any(folder is None or folder == exe.parent for folder in install_folders)
    return (appdata if installed else exe.parent) / f"{exe.stem}.ini"


def _text(content: bytes, ansi: str) -> str:
    if content.startswith(b"\xfe\xff"):
        raise DamagedIni("it is UTF-16 with the bytes swapped, which MicroSIP cannot read")
    for mark, encoding in ENCODING_OF_MARK.items():
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    # Every byte means something in an ANSI code page, if only a replacement character.
    return _without_nul(content.decode(ansi, errors="replace"))


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return _without_nul(content.decode(encoding))
    except UnicodeDecodeError as error:
        raise DamagedIni(f"byte {error.start} is not {encoding.upper()} ({error.reason})") from None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise DamagedIni(f"there is a zero character at position {text.index(chr(0))}")
    return text


def _extension(ini: Ini) -> str:
    section = ini.active_account
    if not section:
        return ""
    extension = ini.get(section, "username", ACCOUNT_VALUE_LIMIT) or ""
    if len(extension) > EXTENSION_LIMIT or not extension.isprintable():
        raise DamagedIni(f"username in [{section}] is not one of at most {EXTENSION_LIMIT} printable characters")
    return extension


def _unquoted(value: str) -> str:
    """The value without one pair of quotes around it."""
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
