"""The paths of both programs."""

from __future__ import annotations

from urllib.parse import quote

HEARTBEAT = "/api/heartbeat"
CLIENTS = "/api/clients"
CALLS = "/api/calls"

AGENT_HEALTH = "/health"
AGENT_STATUS = "/api/status"
AGENT_SET_DND = "/api/set_dnd"


def client(hostname: str) -> str:
    """`/api/clients/{hostname}` with the name escaped."""
    return f"{CLIENTS}/{quote(hostname, safe='')}"
