"""The paths of both programs."""

from __future__ import annotations

from urllib.parse import quote

HEARTBEAT = "/api/heartbeat"
CLIENTS = "/api/clients"
HEALTHZ = "/healthz"
METRICS = "/metrics"
STATS = "/api/stats"
CALLS = "/api/calls"
GROUPS = "/api/groups"
SCHEDULES = "/api/schedules"
SET_DND_OF_MANY = "/api/clients/set_dnd"
DISPLAY_MESSAGE_TO_MANY = "/api/clients/display_message"
LINK = "/api/agent"
EVENTS = "/api/events"
WEBHOOKS = "/api/webhooks"
TOKENS = "/api/tokens"
USERS = "/api/users"
SESSION = "/api/session"
SETUP = "/api/setup"
AUDIT = "/api/audit"
AUDIT_CHECK = "/api/audit/check"
SERVER = "/api/server"
WALL = "/api/wall"
PRIVACY_EXPORT = "/api/privacy/export"
PRIVACY_ERASE = "/api/privacy/erase"
AUTHORITY = "/api/ca.pem"
JOIN_TOKENS = "/api/join-tokens"
AGENTS = "/api/agents"
ENROL = "/api/agents/enrol"
ASK_TO_JOIN = "/api/agents/ask"
AGENT_KEY = "/api/agents/key"
PENDING_AGENTS = "/api/agents/pending"

AGENT_HEALTH = "/health"
AGENT_STATUS = "/api/status"
AGENT_SET_DND = "/api/set_dnd"
AGENT_GET_SETTING = "/api/get_setting"
AGENT_DISPLAY_MESSAGE = "/api/display_message"
AGENT_MESSAGES = "/api/messages"
AGENT_TELEPHONE = "/api/telephone"

DIRECTORY = "/directory/"
"""What the paths of the phonebook begin with."""


def directory(key: str) -> str:
    """`/directory/{key}/directory.json`, for MicroSIP."""
    return f"{DIRECTORY}{key}/directory.json"


def client(hostname: str) -> str:
    """`/api/clients/{hostname}` with the name escaped."""
    return f"{CLIENTS}/{quote(hostname, safe='')}"


def group(name: str) -> str:
    """`/api/groups/{name}` with the name escaped."""
    return f"{GROUPS}/{quote(name, safe='')}"


def schedule(name: str) -> str:
    """`/api/schedules/{name}` with the name escaped."""
    return f"{SCHEDULES}/{quote(name, safe='')}"


def webhook(id: str) -> str:
    """`/api/webhooks/{id}` with the id escaped: people type it."""
    return f"{WEBHOOKS}/{quote(id, safe='')}"


def redelivery(webhook_id: str, id: str) -> str:
    """`/api/webhooks/{id}/deliveries/{delivery_id}/redeliver`, both escaped."""
    return f"{webhook(webhook_id)}/deliveries/{quote(id, safe='')}/redeliver"


def user(name: str) -> str:
    """`/api/users/{name}` with the name escaped."""
    return f"{USERS}/{quote(name, safe='')}"
