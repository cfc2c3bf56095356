"""Where something about people is kept, and what an erasure leaves there. Pure; `docs/PRIVACY.md` says the same."""

from __future__ import annotations

from microsip_manager.wire.privacy import PrivacyStay

PC = "It tells of a PC and not of a person's calls; administrators change it."
TABLES: dict[str, str] = {
    "clients": "The PC is managed still: its agent would report the extension again within seconds.",
    "transitions": "",
    "calls": "",
    "commands": "",
    "webhooks": "Addresses of receivers: nothing about an extension or a number.",
    "webhook_deliveries": "",
    "client_groups": PC,
    "group_members": PC,
    "client_labels": PC,
    "schedules": PC,
    "schedule_runs": PC,
    "schedule_run_clients": PC,
    "dnd_wishes": "A wish that still holds stays until it ends; those that ended are removed.",
    "api_tokens": "Nothing about an extension or a number.",
    "audit": "Its rows stay, for the chain holds them together: they name hostnames, and of a number the last digits "
    "and a name by chance. What the name stands for is erased, so nothing leads from it to the number.",
    "audit_head": "The end of the chain: nothing about people.",
    "audit_numbers": "",
}
"""Every table, and why something of it stays; nothing where all that is found is erased."""

ELSEWHERE: dict[str, str] = {
    "memory of the server": "The last 10,000 events and calls wait for readers of the stream until the server is "
    "restarted.",
    "agents and MicroSIP": "MicroSIP keeps the last 1,000 calls of its PC, and the agent those that no server has "
    "confirmed. What is erased here is not sent again.",
    "receivers of webhooks": "What they were told is theirs.",
    "logs": "Numbers are masked there, unless LOG_LEVEL is DEBUG; the files are replaced in turn.",
    "messages": "The server keeps none; the agent forgets them when it ends.",
    "names and notes of other calls": "A number that somebody has written into a name or a reason is not looked for.",
}


def stays() -> list[PrivacyStay]:
    told = {where: why for where, why in TABLES.items() if why and why is not PC and "Nothing" not in why[:7]}
    return [PrivacyStay(where, why) for where, why in (told | ELSEWHERE).items()]
