"""Which settings each program has: a field for each, of the setting's name in small letters."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields
from typing import TypeVar

from microsip_manager.settings.declared import DECLARED
from microsip_manager.settings.readers import LINK_ALWAYS
from microsip_manager.settings.setting import Setting


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
    history_keep_days: int
    commands_keep_days: int
    audit_keep_days: int
    directory_key: str
    webhook_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    agent_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    tls_certificate: str
    tls_key: str
    allow_plaintext: bool
    connections_per_address: int
    join_servers: tuple[str, ...] = ()


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
    agent_link: str = LINK_ALWAYS
    local_api_addresses: tuple[str, ...] = ()
    local_api_open: bool = False
    server_ca: str = ""
    join_token: str = ""


@dataclass(frozen=True)
class CliSettings:
    """What the administrators' tools need: the servers, in the agents' own order, what to show them, their patience."""

    api_servers: tuple[str, ...]
    api_token: str
    api_timeout: float
    agent_port: int
    server_port: int
    server_ca: str = ""
    allow_plaintext: bool = False


@dataclass(frozen=True)
class ServerFiles:
    """What an administrator's tool on the server's own machine needs to find the server's files."""

    database_url: str
    tls_certificate: str
    tls_key: str


Kind = TypeVar("Kind", ServerSettings, AgentSettings, CliSettings, ServerFiles)
AnyKind = type[ServerSettings] | type[AgentSettings] | type[CliSettings] | type[ServerFiles]

_BY_FIELD = {setting.name.lower(): setting for setting in DECLARED}


def declared_for(kind: AnyKind) -> list[Setting]:
    return [_BY_FIELD[field.name] for field in fields(kind)]
