"""Which names several PCs use at the same time. Pure: moments are given."""

from __future__ import annotations

from typing import NamedTuple

LATELY = 900.0
"""Seconds. Two agents of one name push each other off their link, at the slowest every ten minutes."""

ENOUGH = 2
"""A PC may move to another network and back; one that is back at both again is two."""

MOST_PLACES = 8


class Place(NamedTuple):
    """Where an agent is heard from."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}, port {self.port}"


class _Moves(NamedTuple):
    left: dict[Place, float]
    """The places it was heard from before, each with the moment of the last move away from there."""
    returns: int
    """Moves in a row that led back to one of them."""


class Namesakes:
    """Remembers lately moved clients."""

    def __init__(self) -> None:
        self._moves: dict[str, _Moves] = {}

    def moved(self, key: str, left: Place, to: Place, now: float) -> bool:
        """A client is heard from another place than before. True when its places take turns: they are several PCs."""
        before = self._moves.get(key, _Moves({}, 0))
        lately = {place: at for place, at in before.left.items() if at > now - LATELY}
        returns = before.returns + 1 if to in lately else 0
        lately.pop(left, None)
        self._moves[key] = _Moves(dict([*lately.items(), (left, now)][-MOST_PLACES:]), returns)
        return returns >= ENOUGH

    def forget(self, key: str) -> None:
        self._moves.pop(key, None)
