"""Reads the settings of the older system: INI, JSON or .env, whatever their names are."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microsip_manager.cli.migration.errors import Unreadable
from microsip_manager.wire.names import EXTENSION_LIMIT, check_hostname

SIZE_LIMIT = 1024 * 1024

SERVER = re.compile(
    r"(?:(?:api|tcp|udp|main|backup|primary|secondary|manager)_?)?servers?_?\d*"
    r"(?:_?(?:ip|hosts?|address|addresses|urls?))?_?\d*"
)
HOSTNAME = re.compile(r"(?:client|pc|computer|agent|host)_?(?:host_?)?name|computer")
EXTENSION = re.compile(r"(?:(?:client|agent|sip|phone)_?)?(?:ext|extension)|sip_?(?:number|user)|internal_?number")

_SCHEMES = re.compile(r"^(?:tcp|udp|https?)://", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One value of an older settings file and where it stands."""

    name: str
    value: str
    line: int
    section: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """With its section, as `server_host`, and alone."""
        name, section = (re.sub(r"[-.\s]+", "_", text.lower()) for text in (self.name, self.section))
        return f"{section}_{name}", name

    def means(self, what: re.Pattern[str]) -> bool:
        return any(what.fullmatch(name) for name in self.names)


@dataclass(frozen=True)
class OldSettings:
    """What is taken over, and the names of what is not."""

    hosts: tuple[str, ...]
    """Addresses of the servers, without ports: the older system's ports are of no use here."""
    hostname: str
    extension: str
    left: tuple[str, ...]


def read_settings(file: Path, encoding: str = "") -> OldSettings:
    """The settings in this file, by its form; raises `Unreadable`."""
    text = read_text(file, encoding)
    if file.suffix.lower() == ".json":
        entries = list(_from_json(file, text))
    elif file.suffix.lower() in (".ini", ".cfg", ".conf"):
        entries = list(_from_lines(file, text, sections=True))
    elif file.suffix.lower() == ".env" or file.name.lower().startswith(".env"):
        entries = list(_from_lines(file, text, sections=False))
    else:
        raise Unreadable(file, "", "expected a name that ends in .ini, .json or .env")
    return _understood(file, entries)


def read_text(file: Path, encoding: str = "") -> str:
    """The text of a file: in the encoding given, else UTF-16 if it says so, else UTF-8; raises `Unreadable`."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise Unreadable(file, "", error.strerror or "cannot be read") from None
    if not encoding:
        encoding = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return body.decode(encoding)
    except LookupError:
        raise Unreadable(file, "", f"there is no encoding {encoding}") from None
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Unreadable(file, f"line {line}", f"this is not {encoding}; try --encoding cp1251") from None


def _from_lines(file: Path, text: str, *, sections: bool) -> Iterator[Entry]:
    """`name = value` lines, with comments, and for INI with sections, which do not count."""
    if len(text) > SIZE_LIMIT:
        raise Unreadable(file, "", "this is too long for settings")
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if sections and (head := re.fullmatch(r"\[([^\]]+)\]", line)):
            section = head[1].strip()
            continue
        if not line or line.startswith(("#", ";")):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals and sections:
            name, equals, value = line.partition(":")
        if not equals or not name.strip():
            raise Unreadable(file, f"line {number}", "expected name=value")
        yield Entry(name.strip(), _unquoted(file, number, value.strip()), number, section)


def _unquoted(file: Path, number: int, value: str) -> str:
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        if end < 0:
            raise Unreadable(file, f"line {number}", f"the quotation mark {value[0]} is not closed")
        return value[1:end]
    return re.split(r"\s[#;]", value, maxsplit=1)[0].strip()


def _from_json(file: Path, text: str) -> Iterator[Entry]:
    if len(text) > SIZE_LIMIT:
        raise Unreadable(file, "", "this is too long for settings")
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(file, f"line {error.lineno}", error.msg) from None
    except RecursionError:
        raise Unreadable(file, "", "it is nested too deeply") from None
    if not isinstance(found, dict):
        raise Unreadable(file, "line 1", "expected an object { … }")
    yield from _flattened(found, text)


def _flattened(found: dict[str, Any], text: str, section: str = "") -> Iterator[Entry]:
    for name, value in found.items():
        at = text.find(json.dumps(name, ensure_ascii=False))
        line = text.count("\n", 0, max(at, 0)) + 1
        if isinstance(value, dict):
            yield from _flattened(value, text, name)
        elif isinstance(value, list):
            parts = [
                part.get("host", part.get("address", part.get("ip"))) if isinstance(part, dict) else part
                for part in value
            ]
            yield Entry(name, ",".join(str(part) for part in parts), line, section)
        elif value is not None:
            yield Entry(name, str(value), line, section)


def _understood(file: Path, entries: list[Entry]) -> OldSettings:
    hosts: list[str] = []
    names = {"hostname": "", "extension": ""}
    left = []
    for entry in entries:
        if entry.means(SERVER):
            hosts += _hosts(file, entry)
        elif entry.means(HOSTNAME):
            names["hostname"] = _checked_hostname(file, entry)
        elif entry.means(EXTENSION):
            names["extension"] = _checked_extension(file, entry)
        else:
            left.append(entry.name)
    if not hosts:
        raise Unreadable(file, "", "no address of a server found, under a name such as server or server_ip")
    return OldSettings(tuple(dict.fromkeys(hosts)), names["hostname"], names["extension"], tuple(left))


def _hosts(file: Path, entry: Entry) -> list[str]:
    found = []
    for part in re.split(r"[,;\s]+", entry.value.strip()):
        host = _host(_SCHEMES.sub("", part).rstrip("/"))
        if host is None:
            raise Unreadable(
                file, f"line {entry.line}", f"{entry.name} is {entry.value!r}; expected addresses of servers"
            )
        found.append(host)
    return found


def _host(text: str) -> str | None:
    """The host in `host`, `host:port`, `[v6]:port`; None when it is none."""
    port = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", text)
    host = port[1] if port else text
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        # Four numbers that are no address are a slip of the pen, not a name.
        named = re.fullmatch(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*", host)
        return host if named and not re.fullmatch(r"[0-9.]+", host) else None
    return f"[{address}]" if address.version == 6 else str(address)


def _checked_hostname(file: Path, entry: Entry) -> str:
    try:
        check_hostname(entry.value)
    except ValueError:
        raise Unreadable(file, f"line {entry.line}", f"{entry.name} is {entry.value!r}; expected a host name") from None
    return entry.value


def _checked_extension(file: Path, entry: Entry) -> str:
    if not entry.value.isprintable() or len(entry.value) > EXTENSION_LIMIT:
        raise Unreadable(file, f"line {entry.line}", f"{entry.name} is {entry.value!r}; expected an extension")
    return entry.value
