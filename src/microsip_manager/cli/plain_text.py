"""Secrets that would travel readable: a token or a password is for https://, or for the machine itself."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from microsip_manager.settings import BadSetting, CliSettings
from microsip_manager.wire.host_header import own_names


def check_plaintext(settings: CliSettings, secret: str) -> None:
    """Raises `BadSetting` when one of the servers is another machine without TLS, and nobody has allowed that."""
    if settings.allow_plaintext:
        return
    for server in settings.api_servers:
        parts = urlsplit(server)
        if parts.scheme != "https" and not is_this_machine(parts.hostname or ""):
            raise BadSetting(
                f"{server}: {secret} is not sent to another machine without TLS, for everybody on the way can read "
                "it. Name its https:// address (`microsip-manager tls init` there makes a certificate), or set "
                "ALLOW_PLAINTEXT=1"
            )


def is_this_machine(host: str) -> bool:
    """Whether this host, as it stands in a URL, is the machine itself; nobody is asked for names."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.lower() in own_names(socket.gethostname())
    return address.is_loopback or _is_own(str(address), address.version)


def _is_own(address: str, version: int) -> bool:
    """A socket can be bound to an address of this machine only."""
    try:
        with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return address not in ("0.0.0.0", "::")  # noqa: S104 - no address of anybody; nothing listens there
