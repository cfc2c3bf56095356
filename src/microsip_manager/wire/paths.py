"""The paths of both programs."""

from __future__ import annotations

from urllib.parse import quote

HEARTBEAT = "/api/heartbeat"
CLIENTS = "/api/clients"
HEALTHZ = "/healthz"
STATS = "/api/stats"
CALLS = "/api/calls"
LINK = "/api/agent"

AGENT_HEALTH = "/health"
AGENT_STATUS = "/api/status"
AGENT_SET_DND = "/api/set_dnd"
AGENT_GET_SETTING = "/api/get_setting"
AGENT_DISPLAY_MESSAGE = "/api/display_message"
AGENT_MESSAGES = "/api/messages"
AGENT_TELEPHONE = "/api/telephone"


def client(hostname: str) -> str:
    """`/api/clients/{hostname}` with the name escaped."""
    return f"{CLIENTS}/{quote(hostname, safe='')}"
