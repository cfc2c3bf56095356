"""Reading heartbeats: nearly every one is, byte for byte, the one that its PC sent before, so it is read only once."""

from __future__ import annotations

from microsip_manager.wire.heartbeat import Heartbeat, decode_heartbeat

MOST = 20_000
"""Heartbeats remembered; when there are more, all are forgotten and read once more."""

LONGEST = 512
"""Bytes of one that is worth to be remembered. With both limits a flood of invented ones takes a few tens of
megabytes."""


class HeartbeatMemory:
    """A `decode_heartbeat` that gives the same object for the same bytes: what is in it need not be compared then."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._read: dict[bytes, Heartbeat] = {}

    def __call__(self, body: bytes) -> Heartbeat:
        """The heartbeat in `body`; raises `BadMessage`."""
        beat = self._read.get(body)
        return self._decoded(body) if beat is None else beat

    def _decoded(self, body: bytes) -> Heartbeat:
        beat = decode_heartbeat(body)
        if len(body) <= LONGEST:
            if len(self._read) >= self._most:
                self._read.clear()
            self._read[body] = beat
        return beat
