"""Settings: each is declared once, with its name, default, reader and meaning.

A value comes from the environment, else from `api_config.py`, else from the default here. A bad value explains
itself: `HEARTBEAT_INTERVAL is 'soon'; expected a positive number of seconds, such as 7`.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from microsip_manager.wire.names import check_hostname


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the text names it and says what was expected."""


@dataclass(frozen=True)
class Setting:
    """One setting: `read` turns the text or value found into what the program uses, or raises `ValueError`."""

    name: str
    default: Any
    read: Callable[[object], Any]
    expected: str
    help: str
    secret: bool = False
    """True for a value that is never shown, not even a wrong one."""


def seconds(value: object) -> float:
    number = float(str(value))
    if not (math.isfinite(number) and 0 < number <= 86400):
        raise ValueError
    return number


def port(value: object) -> int:
    number = int(str(value))
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def switch(value: object) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
        str(value).strip().lower()
    ]


def log_level(value: object) -> str:
    level = str(value).strip().upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError
    return level


def server_url(value: object) -> str:
    url = str(value).strip().rstrip("/")
    parts = urlsplit(url)
    wrong_place = parts.path or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in ("http", "https") or not parts.hostname or wrong_place:
        raise ValueError
    _ = parts.port  # raises ValueError when it is not a port
    return url


def server_urls(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        given: list[object] = list(re.split(r"[,\s]+", value.strip()))
    elif isinstance(value, list | tuple):
        given = list(value)
    else:
        raise ValueError
    urls = tuple(server_url(url) for url in given if url)
    if not urls:
        raise ValueError
    return urls


def hostname(value: object) -> str:
    name = str(value).strip()
    if name:
        check_hostname(name)
    return name


def folder(value: object) -> str:
    path = str(value).strip()
    if path and not Path(path).expanduser().is_absolute():
        raise ValueError
    return path


def days(value: object) -> int:
    number = int(str(value))
    if not 1 <= number <= 36500:
        raise ValueError
    return number


def key_of_a_path(value: object) -> str:
    key = str(value).strip()
    if key and not re.fullmatch("[A-Za-z0-9_-]{16,100}", key):
        raise ValueError
    return key


def networks(value: object) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    given = value if isinstance(value, list | tuple) else re.split(r"[,\s]+", str(value).strip())
    return tuple(ipaddress.ip_network(str(network)) for network in given if network)


def text(value: object) -> str:
    return str(value).strip()


LOG_LEVEL = Setting(
    "LOG_LEVEL", "INFO", log_level, "DEBUG, INFO, WARNING or ERROR", "How much the program tells in its log."
)
TERMINAL_ONLY = "-"
LOG_FILE = Setting(
    "LOG_FILE",
    "",
    text,
    "a file name, such as /var/log/microsip-manager.log, or - for none",
    "File for the log, beside the terminal: 5 files of 1 MB, the oldest goes. Empty: on Windows "
    r"%LOCALAPPDATA%\MicroSIP Manager\agent.log (server.log), elsewhere none. -: none anywhere. "
    "A relative path counts from the folder of api_config.py.",
)
HEARTBEAT_INTERVAL = Setting(
    "HEARTBEAT_INTERVAL",
    7.0,
    seconds,
    "a positive number of seconds, such as 7",
    "Seconds between two heartbeats of one agent. The server calls a client offline after three missed ones, "
    "so server and agents need the same value.",
)
API_TIMEOUT = Setting(
    "API_TIMEOUT",
    10.0,
    seconds,
    "a positive number of seconds, such as 10",
    "Seconds to wait for an answer of the other side, server or agent.",
)
SERVER_PORT = Setting(
    "SERVER_PORT", 8083, port, "a TCP port from 1 to 65535, such as 8083", "Port the server listens on."
)
DATABASE_URL = Setting(
    "DATABASE_URL",
    "sqlite:///data/microsip_manager.db",
    text,
    "a database URL, such as sqlite:///data/microsip_manager.db",
    "Where the server keeps its data. A relative SQLite path counts from the folder of api_config.py.",
)
OPEN_NETWORK = Setting(
    "OPEN_NETWORK",
    False,
    switch,
    "1 or 0",
    "1 lifts protected mode: the server then serves every address that can reach it, without any password. "
    "Only for a network in which everybody may control everybody's phone.",
)
CALLS_KEEP_DAYS = Setting(
    "CALLS_KEEP_DAYS",
    365,
    days,
    "a number of days from 1 to 36500, such as 365",
    "Days the server keeps a call; older ones are removed.",
)
DIRECTORY_KEY = Setting(
    "DIRECTORY_KEY",
    "",
    key_of_a_path,
    "16 to 100 letters, digits, - and _, such as `microsip-manager directory-key` makes them",
    "Key in the address of the live phonebook for MicroSIP: whoever knows it may read the phonebook, from every "
    "address. Empty: there is no phonebook.",
    secret=True,
)
WEBHOOK_NETWORKS = Setting(
    "WEBHOOK_NETWORKS",
    "",
    networks,
    "addresses or networks, such as 10.0.0.0/8 192.168.1.5",
    "Networks of your own that webhooks may call. All others that are not of the public internet are refused.",
)
API_SERVERS = Setting(
    "API_SERVERS",
    ("http://127.0.0.1:8083",),
    server_urls,
    "http:// or https:// addresses without a path, such as http://172.16.99.12:8083",
    "Servers in order of preference. API_SERVER_1, API_SERVER_2, … in the environment replace the list.",
)
RETURN_AFTER = Setting(
    "RETURN_AFTER",
    60.0,
    seconds,
    "a positive number of seconds, such as 60",
    "Seconds for which a server must have been well before agents leave one further down the list for it. "
    "Each agent adds up to half as much by chance, so that they do not all come at once.",
)
AGENT_PORT = Setting("AGENT_PORT", 8084, port, "a TCP port from 1 to 65535, such as 8084", "Port the agent listens on.")
AGENT_HOSTNAME = Setting(
    "AGENT_HOSTNAME",
    "",
    hostname,
    "a host name without '/' or control characters, at most 255 characters",
    "Name under which this PC appears; empty means the computer's own name.",
)
MICROSIP_CLASS = Setting(
    "MICROSIP_CLASS",
    "MicroSIP",
    text,
    "a window class name, such as MicroSIP",
    "Window class of MicroSIP's main window; branded builds have another one.",
)
SPOOL_DIR = Setting(
    "SPOOL_DIR",
    "",
    folder,
    "a folder with its whole path, such as C:\\ProgramData\\MicroSIP Manager or ~/microsip-manager",
    "Folder where the agent keeps calls until a server has them; empty means %LOCALAPPDATA%\\MicroSIP Manager on "
    "Windows and ~/.local/state/microsip-manager elsewhere.",
)


@dataclass(frozen=True)
class ServerSettings:
    log_level: str
    log_file: str
    heartbeat_interval: float
    api_timeout: float
    server_port: int
    database_url: str
    open_network: bool
    calls_keep_days: int
    directory_key: str
    webhook_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True)
class AgentSettings:
    log_level: str
    log_file: str
    heartbeat_interval: float
    api_timeout: float
    api_servers: tuple[str, ...]
    return_after: float
    agent_port: int
    agent_hostname: str
    microsip_class: str
    spool_dir: str = ""


@dataclass(frozen=True)
class CliSettings:
    """What the administrators' tools need: the servers, in the agents' own order, and their patience."""

    api_servers: tuple[str, ...]
    api_timeout: float
    agent_port: int


DECLARED: tuple[Setting, ...] = (
    LOG_LEVEL,
    LOG_FILE,
    HEARTBEAT_INTERVAL,
    API_TIMEOUT,
    SERVER_PORT,
    DATABASE_URL,
    OPEN_NETWORK,
    CALLS_KEEP_DAYS,
    DIRECTORY_KEY,
    WEBHOOK_NETWORKS,
    API_SERVERS,
    RETURN_AFTER,
    AGENT_PORT,
    AGENT_HOSTNAME,
    MICROSIP_CLASS,
    SPOOL_DIR,
)
_BY_FIELD = {setting.name.lower(): setting for setting in DECLARED}

Kind = TypeVar("Kind", ServerSettings, AgentSettings, CliSettings)
AnyKind = type[ServerSettings] | type[AgentSettings] | type[CliSettings]


def load(kind: type[Kind], site: ModuleType, environ: Mapping[str, str] = os.environ) -> Kind:
    """The settings of one program; raises `BadSetting`."""
    values = {field.name: _value(_BY_FIELD[field.name], site, environ) for field in fields(kind)}
    return kind(**values)


def declared_for(kind: AnyKind) -> list[Setting]:
    return [_BY_FIELD[field.name] for field in fields(kind)]


def help_text(kind: AnyKind) -> str:
    """The settings of one program, for the end of its `--help`."""
    lines = ["settings (environment variable, else api_config.py, else the default):"]
    for setting in declared_for(kind):
        default = " ".join(setting.default) if isinstance(setting.default, tuple) else setting.default
        shown = f"{default:g}" if isinstance(default, float) else str(int(default) if default is False else default)
        lines += [f"  {setting.name}  [{shown}]" if shown else f"  {setting.name}", f"      {setting.help}"]
    return "\n".join(lines)


def database_url_of(url: str, site: ModuleType) -> str:
    """The URL with a relative SQLite path made absolute from the folder of `api_config.py`."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith(prefix + "/") or url == prefix + ":memory:":
        return url
    return prefix + str(_folder_of(site) / url.removeprefix(prefix))


def log_file_of(
    value: str,
    site: ModuleType,
    program: str,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
) -> Path | None:
    """Where a program (`agent`, `server`) writes its log, if not only to the terminal; see `LOG_FILE`."""
    if value == TERMINAL_ONLY:
        return None
    if value:
        return _folder_of(site) / Path(os.path.expandvars(value)).expanduser()
    home = environ.get("LOCALAPPDATA", "")
    return Path(home, "MicroSIP Manager", f"{program}.log") if platform == "win32" and home else None


def _folder_of(site: ModuleType) -> Path:
    """The folder of `api_config.py`."""
    return Path(site.__file__).resolve().parent if getattr(site, "__file__", None) else Path.cwd()  # type: ignore[arg-type]


def _value(setting: Setting, site: ModuleType, environ: Mapping[str, str]) -> Any:
    name, found = _found(setting, site, environ)
    try:
        return setting.read(found)
    except (ValueError, TypeError, KeyError):
        shown = "not usable" if setting.secret else repr(found)
        raise BadSetting(f"{name} is {shown}; expected {setting.expected}") from None


def _found(setting: Setting, site: ModuleType, environ: Mapping[str, str]) -> tuple[str, object]:
    if setting is API_SERVERS and (numbered := _numbered_servers(environ)):
        return "API_SERVER_1…", numbered
    if setting.name in environ:
        return setting.name, environ[setting.name]
    return setting.name, getattr(site, setting.name, setting.default)


def _numbered_servers(environ: Mapping[str, str]) -> list[str]:
    numbered = {int(found[1]): url for key, url in environ.items() if (found := re.fullmatch(r"API_SERVER_(\d+)", key))}
    return [numbered[number] for number in sorted(numbered)]
