"""From a text of the environment, or a value of `api_config.py`, to what the program uses; raise `ValueError`."""

from __future__ import annotations

import ipaddress
import math
import re
from pathlib import Path
from urllib.parse import urlsplit

from microsip_manager.wire.join_token import read_join_token
from microsip_manager.wire.names import check_hostname


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


LINK_ALWAYS, LINK_AWAKE, LINK_OFF = LINK_USES = ("always", "awake", "off")


def link_use(value: object) -> str:
    use = str(value).strip().lower()
    if use not in LINK_USES:
        raise ValueError
    return use


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


def join_servers(value: object) -> tuple[str, ...]:
    return server_urls(value) if value else ()


def join_token(value: object) -> str:
    text = str(value).strip()
    if text:
        read_join_token(text)
    return text


def hostname(value: object) -> str:
    name = str(value).strip()
    if name:
        check_hostname(name)
    return name


def whole_path(value: object) -> str:
    path = str(value).strip()
    if path and not Path(path).expanduser().is_absolute():
        raise ValueError
    return path


def count(value: object) -> int:
    number = int(str(value))
    if not 10 <= number <= 1_000_000:
        raise ValueError
    return number


def days(value: object) -> int:
    number = int(str(value))
    if not 1 <= number <= 36500:
        raise ValueError
    return number


def api_token(value: object) -> str:
    token = str(value).strip()
    if token and not re.fullmatch(r"[\x21-\x7e]{20,500}", token):
        raise ValueError
    return token


def key_of_a_path(value: object) -> str:
    key = str(value).strip()
    if key and not re.fullmatch("[A-Za-z0-9_-]{16,100}", key):
        raise ValueError
    return key


def networks(value: object) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    given = value if isinstance(value, list | tuple) else re.split(r"[,\s]+", str(value).strip())
    return tuple(ipaddress.ip_network(str(network)) for network in given if network)


def addresses(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list | tuple) else re.split(r"[,\s]+", str(value).strip())
    return tuple(str(ipaddress.ip_address(str(address))) for address in given if address)


def text(value: object) -> str:
    return str(value).strip()
