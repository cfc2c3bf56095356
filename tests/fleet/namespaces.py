"""Networks of their own for a server and an agent, with a router between them that can be told to forward nothing.

What is cut so is cut as by a pulled cable far away: no packet arrives, and nobody is told.
It takes `ip` of iproute2, and the right to make network namespaces, which root has.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

# Addresses of benchmarks and of documentation (RFC 2544, 5737): they lead nowhere but through these cables. The first
# two are seen by the whole machine, where another run of the tests may have its own.
_OURS = 4 * (os.getpid() % 16384)
ADMIN, SERVER_TO_ADMIN = (f"198.18.{_OURS // 256}.{_OURS % 256 + place}" for place in (1, 2))
SERVER, ROUTER_TO_SERVER = "198.51.100.1", "198.51.100.2"
AGENT, ROUTER_TO_AGENT = "203.0.113.1", "203.0.113.2"


class NoNamespaces(Exception):
    """This machine does not let the tests make networks; the text says what to do."""


@dataclass(frozen=True)
class Namespace:
    """One network; what runs in it reaches only what is cabled to it."""

    name: str

    @property
    def inside(self) -> list[str]:
        """What stands before a command that runs in it."""
        return ["ip", "netns", "exec", self.name]

    def run(self, *command: str) -> None:
        _run(*self.inside, *command)

    def read(self, file: str) -> str:
        """What such a file, one of those that tell of the network, says here."""
        return _run(*self.inside, "cat", file)

    def forward(self, enabled: bool) -> None:
        self.run("sh", "-c", f"echo {int(enabled)} > /proc/sys/net/ipv4/ip_forward")

    def block_port(self, port: int) -> None:
        """Let no TCP connection to this port of any machine out of, or through, this network."""
        self.run("ip", "rule", "add", "pref", "10", "ipproto", "tcp", "dport", str(port), "blackhole")


@dataclass(frozen=True)
class Networks:
    """The test is cabled to the server, and the server to the agent through the router."""

    server: Namespace
    router: Namespace
    agent: Namespace

    def cut(self) -> None:
        self.router.forward(False)

    def heal(self) -> None:
        self.router.forward(True)


@contextmanager
def networks() -> Iterator[Networks]:
    """Raises `NoNamespaces`; everything is gone in the end."""
    with ExitStack() as made:
        found = Networks(*(made.enter_context(_namespace(name)) for name in ("server", "router", "agent")))
        here = _cable((None, ADMIN), (found.server, SERVER_TO_ADMIN))
        # The kernel takes its time to take away a network and its cables, and the next test wants this one.
        made.callback(_run, "ip", "link", "delete", here)
        _cable((found.server, SERVER), (found.router, ROUTER_TO_SERVER))
        _cable((found.agent, AGENT), (found.router, ROUTER_TO_AGENT))
        found.server.run("ip", "route", "add", f"{AGENT}/32", "via", ROUTER_TO_SERVER)
        found.agent.run("ip", "route", "add", f"{SERVER}/32", "via", ROUTER_TO_AGENT)
        found.heal()
        yield found


@contextmanager
def _namespace(name: str) -> Iterator[Namespace]:
    made = Namespace(f"microsip-{os.getpid()}-{name}")
    try:
        _run("ip", "netns", "add", made.name)
    except (OSError, subprocess.CalledProcessError) as error:
        why = str(getattr(error, "stderr", "") or error).strip()
        raise NoNamespaces(
            f"run it as root, with iproute2 installed: no network namespace can be made ({why})"
        ) from None
    try:
        made.run("ip", "link", "set", "lo", "up")
        yield made
    finally:
        # Its ends of the cables go with it, and so do the other ends.
        _run("ip", "netns", "delete", made.name)


def _cable(one: tuple[Namespace | None, str], other: tuple[Namespace | None, str]) -> str:
    """Join two networks, None being the one of the tests; each end gets its address. The name of the first end."""
    ends = [f"ms{int.from_bytes(map(int, address.split('.')), 'big'):x}" for _, address in (one, other)]
    _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for end, (place, address) in zip(ends, (one, other), strict=True):
        inside: list[str] = []
        if place is not None:
            _run("ip", "link", "set", end, "netns", place.name)
            inside = place.inside
        _run(*inside, "ip", "address", "add", f"{address}/30", "dev", end)
        _run(*inside, "ip", "link", "set", end, "up")
    return ends[0]


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
