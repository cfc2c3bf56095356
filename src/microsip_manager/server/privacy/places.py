"""Where something about people is kept, and what an erasure leaves there. Pure; `docs/PRIVACY.md` says the same."""

from __future__ import annotations

from microsip_manager.wire.privacy import PrivacyStay

ERASED = frozenset(("audit_numbers", "calls", "commands", "transitions", "webhook_deliveries"))
"""Tables in which all that is found is erased."""

STAYS: dict[str, str] = {
    "clients": "The PC is managed still: its agent would report the extension again within seconds.",
    "dnd_wishes": "A wish that still holds stays until it ends; those that ended are removed.",
    "audit": "Its rows stay, for the chain holds them together: they name hostnames, and of a number the last digits "
    "and a name by chance. What the name stands for is erased, so nothing leads from it to the number.",
}
"""Tables in which something is found that stays, and why."""

OTHERS = frozenset(
    (
        "agent_requests",
        "agents",
        "api_tokens",
        "audit_head",
        "client_groups",
        "client_labels",
        "group_members",
        "join_tokens",
        "schedule_run_clients",
        "schedule_runs",
        "schedules",
        "sessions",
        "users",
        "webhooks",
    )
)
"""Tables without any extension or number: they tell of PCs, of programs, of who signs in, or of the server itself."""

ELSEWHERE: dict[str, str] = {
    "memory of the server": "The last 10,000 events and calls wait for readers of the stream until the server is "
    "restarted.",
    "agents and MicroSIP": "MicroSIP keeps the last 1,000 calls of its PC, and the agent those that no server has "
    "confirmed. An agent that has lost what it keeps may send calls of MicroSIP's list again.",
    "receivers of webhooks": "What they were told is theirs.",
    "logs": "Numbers are masked there, unless LOG_LEVEL is DEBUG; the files are replaced in turn.",
    "messages": "The server keeps none; the agent forgets them when it ends.",
    "names and notes of other calls": "A number that somebody has written into a name or a reason is not looked for.",
}


def stays() -> list[PrivacyStay]:
    """What an erasure leaves, as it is told each time."""
    return [PrivacyStay(where, why) for where, why in (STAYS | ELSEWHERE).items()]
