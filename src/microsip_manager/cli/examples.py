"""An example for each command, at the end of its `--help`."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.models import CommandInfo

PROGRAM = "microsip-manager"

EXAMPLES = {
    "status": "status NIKITA OLGA",
    "watch": "watch",
    "history": "history NIKITA --from 2026-03-02",
    "dnd": "dnd on --group Sales --for 30m --reason lunch",
    "phone": "phone dial NIKITA 101",
    "calls": "calls --host NIKITA --direction missed --csv missed.csv",
    "stats": "stats --from 2026-03-02 --to 2026-03-09 --tz Europe/Moscow",
    "message": "message 'The telephones restart at noon' --group Sales",
    "setting": "setting NIKITA server port --section Account1",
    "init": "init --name anna",
    "directory-key": "directory-key",
    "doctor": "doctor",
    "simulate": "simulate --clients 50 --minutes 10",
    "groups list": "groups list",
    "groups show": "groups show Sales",
    "groups set": "groups set Sales NIKITA OLGA",
    "groups add": "groups add Sales PAVEL",
    "groups remove": "groups remove Sales OLGA",
    "groups delete": "groups delete Sales",
    "groups labels": "groups labels NIKITA floor=2 --remove city",
    "schedules list": "schedules list",
    "schedules set": "schedules set Lunch --group Sales --days mon-fri --start 13:00 --end 14:00 --tz Europe/Moscow",
    "schedules delete": "schedules delete Lunch",
    "schedules preview": "schedules preview Lunch --count 5",
    "schedules runs": "schedules runs Lunch",
    "webhooks list": "webhooks list",
    "webhooks add": "webhooks add https://crm.example/microsip --kind call",
    "webhooks delete": "webhooks delete 0f3c2a9d5b7e4c18a6d2e0f493b7c581",
    "webhooks deliveries": "webhooks deliveries 0f3c2a9d5b7e4c18a6d2e0f493b7c581 --state dead",
    "webhooks redeliver": "webhooks redeliver 0f3c2a9d5b7e4c18a6d2e0f493b7c581 b1946ac92492d2347c6235b4d2611184",
    "user list": "user list --as anna",
    "user add": "user add olga --role operator --group Sales",
    "user change": "user change olga --role viewer",
    "user remove": "user remove olga",
    "token list": "token list",
    "token create": "token create reports --role viewer --days 365 --as anna",
    "token revoke": "token revoke 0f3c2a9d5b7e4c18a6d2e0f493b7c581",
    "audit list": "audit list --who anna --from 2026-03-02",
    "audit export": "audit export march.csv --from 2026-03-01 --to 2026-04-01",
    "audit verify": "audit verify",
    "privacy export": "privacy export --number +74951234567 > told.json",
    "privacy erase": "privacy erase --extension 485 --dry-run",
    "tls init": "tls init --name phones.office.example --address 192.0.2.10",
    "tls show": "tls show",
    "join-token create": "join-token create --uses 40 --address https://phones.office.example:8083",
    "join-token list": "join-token list",
    "join-token revoke": "join-token revoke 0f3c2a9d5b7e4c18a6d2e0f493b7c581",
    "agent list": "agent list",
    "agent pending": "agent pending",
    "agent approve": "agent approve 7DDJES",
    "agent refuse": "agent refuse 7DDJES",
    "agent revoke": "agent revoke NIKITA",
}
"""By command, what is typed behind the name of the program."""


def show_examples(app: typer.Typer) -> None:
    """Give each command of this application its example."""
    for path, command in _commands(app):
        command.epilog = f"\b\nExample:\n  {PROGRAM} {EXAMPLES[path]}"


def _commands(app: typer.Typer, above: str = "") -> Iterator[tuple[str, CommandInfo]]:
    for command in app.registered_commands:
        yield f"{above}{command.name or getattr(command.callback, '__name__', '')}", command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, f"{above}{group.name or group.typer_instance.info.name} ")
