"""What is to be simulated, and what came of it. Both travel between the processes of a simulation."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import check_hostname

NUMBER = "{number}"
"""Stands for the number of a PC in the pattern of their names."""

MOST_CLIENTS = 20_000
"""More connections than this one address of a machine cannot well open to one port."""


class Plan(Struct, frozen=True):
    """The PCs `first`, `first + step` and so on below `clients`, and their life."""

    server: str
    """Such as `http://127.0.0.1:8083`."""
    clients: Annotated[int, Meta(ge=1, le=MOST_CLIENTS)]
    interval: Annotated[float, Meta(gt=0, description="seconds between two heartbeats")]
    link: bool = True
    """False for agents that know plain heartbeats only."""
    speed: Annotated[float, Meta(ge=0)] = 1.0
    """How much faster the day passes than a real one; 0 for an office in which nothing happens. Heartbeats keep their
    real pace."""
    seconds: Annotated[float, Meta(gt=0)] = 3600.0
    """After which it ends by itself."""
    pattern: str = f"SIM-{NUMBER}"
    seed: int = 485
    server_ca: str = ""
    """A file with the authority of a server with `https://`; empty: one that the system trusts."""
    join: bool = False
    """Whether the PCs come in by the join token in the environment, and show keys."""
    first: int = 0
    step: Annotated[int, Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        if NUMBER not in self.pattern:
            raise ValueError(f"Expected a pattern with {NUMBER} in it - at `$.pattern`")
        check_hostname(self.hostname(self.clients))

    def numbers(self) -> range:
        return range(self.first, self.clients, self.step)

    def hostname(self, number: int) -> str:
        return self.pattern.replace(NUMBER, f"{number:05}")


class Counts(Struct):
    """What happened so far, and how it stands."""

    connected: int = 0
    """PCs whose last word a server has taken."""
    awake: int = 0
    """PCs whose MicroSIP runs."""
    beats: int = 0
    """Heartbeats and reports that a server has answered."""
    commands: int = 0
    calls: int = 0
    """Calls that a server has stored."""
    lost: int = 0
    """Connections that ended without the PC's wish, or could not be opened."""

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


decode_plan = Decoder(Plan)
decode_counts = Decoder(Counts)
