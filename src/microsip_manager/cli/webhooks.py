"""`webhooks`: who is called when something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from microsip_manager.cli.screen import cell, console, local_time, print_json, print_text, table
from microsip_manager.cli.session import session_of
from microsip_manager.cli.text import one_line
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.webhooks import CreatedWebhook, Delivery, DeliveryState, Webhook

Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook, as `webhooks list` names it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    webhooks = typer.Typer(help="Who is called when something happens.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(webhooks, name="webhooks")

    @webhooks.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """Show all webhooks: `webhooks list`."""
        found = session_of(context).fleet.webhooks()
        if json:
            print_json(found)
        else:
            heads = ("Id", "URL", "Kinds", "Since", "Waiting", "Dead", "Lost")
            console().print(table(heads, map(_cells, found), whole=("Id", "Since"), right=heads[4:]))

    @webhooks.command()
    def add(
        context: typer.Context,
        url: Annotated[str, typer.Argument(metavar="URL", help="Called by POST for each event.")],
        kind: Annotated[list[EventKind] | None, typer.Option(help="Only these events; may repeat.")] = None,
        json: Json = False,
    ) -> None:
        """Have a URL called: `webhooks add https://hooks.example/phones --kind client`. Its secret is shown once."""
        made = session_of(context).fleet.add_webhook(url, [one.value for one in kind or []])
        if json:
            print_json(made)
        else:
            console().print(table(("Id", "URL", "Kinds"), [(made.id, cell(made.url, limit=2000), _kinds(made))]))
            print_text(f"secret, shown here only: {one_line(made.secret)}")

    @webhooks.command()
    def delete(context: typer.Context, id: Id, json: Json = False) -> None:
        """Remove a webhook and its deliveries: `webhooks delete 3a0d5c7be81f4e0c9b2d6f5e4a7c1d88`."""
        session_of(context).fleet.remove_webhook(id)
        if json:
            print_json({"id": id, "removed": True})
        else:
            print_text(f"{one_line(id)} removed")

    @webhooks.command()
    def deliveries(
        context: typer.Context,
        id: Id,
        state: Annotated[DeliveryState | None, typer.Option(help="Only in this state.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=1000, metavar="NUMBER", help="How many at most.")] = 50,
        json: Json = False,
    ) -> None:
        """Show what became of its calls, newest first: `webhooks deliveries ID --state dead`."""
        filters: dict[str, str | int] = {"limit": limit, **({"state": state.value} if state else {})}
        _tell(session_of(context).fleet.deliveries(id, filters), json)

    @webhooks.command()
    def redeliver(
        context: typer.Context,
        id: Id,
        delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="As `webhooks deliveries` names it.")],
        json: Json = False,
    ) -> None:
        """Make a call once more: `webhooks redeliver ID DELIVERY`."""
        _tell([session_of(context).fleet.redeliver(id, delivery)], json)


def _cells(webhook: Webhook) -> Sequence[object]:
    counts = (webhook.waiting, webhook.dead, webhook.lost)
    at = local_time(webhook.created_at)
    return webhook.id, cell(webhook.url, limit=2000), _kinds(webhook), at, *map(str, counts)


def _kinds(webhook: Webhook | CreatedWebhook) -> str:
    return " ".join(kind.value for kind in webhook.kinds) or "all"


def _tell(found: Sequence[Delivery], json: bool) -> None:
    if json:
        print_json(found)
        return
    heads = ("Id", "Kind", "State", "Attempts", "Since", "Next", "Status", "Detail")
    rows = (
        (
            one.id,
            one.kind,
            one.state.value,
            str(one.attempts),
            local_time(one.created_at),
            local_time(one.next_at) if one.next_at else "",
            str(one.last_status or ""),
            cell(one.detail, limit=500),
        )
        for one in found
    )
    console().print(table(heads, rows, whole=("Id", "Since", "Next"), right=("Attempts",)))
