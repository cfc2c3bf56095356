"""How the DND panel looks."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from microsip_manager.cli.dnd import Row
from microsip_manager.cli.panel_state import Panel, View
from microsip_manager.cli.screen import SIGN, STYLE, cell, local_time
from microsip_manager.cli.text import one_line
from microsip_manager.cli.watch import Change
from microsip_manager.cli.words import Words
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus

AROUND = 8
"""Lines of the screen that are not the list: title, counts, heads, messages, keys."""
RESULTS = 3
"""Failed commands that are shown one by one."""
NAME_LIMIT = 40


def drawn(panel: Panel, words: Words, height: int) -> RenderableType:
    """The whole screen."""
    room = max(3, height - AROUND - min(RESULTS, len(_failed(panel))))
    lines: list[RenderableType] = [_head(panel, words), _second_line(panel, words), Text("")]
    if panel.view is View.MONITOR:
        lines.append(_monitor(panel.changes[:room], words))
    else:
        lines.append(_list(panel, words, room))
    lines += [Text(""), *_message(panel, words), _keys(_keys_now(panel, words))]
    return Group(*lines)


def _head(panel: Panel, words: Words) -> Text:
    head = Text(f"MicroSIP Manager · {words.title}", style="bold")
    if panel.server:
        head.append(f"   {one_line(panel.server)}", style="not bold cyan")
    if panel.trouble:
        head.append(f"   {one_line(panel.trouble, 300)}", style="not bold red")
    head.no_wrap, head.overflow = True, "ellipsis"
    return head


def _second_line(panel: Panel, words: Words) -> Text:
    if panel.view is View.MONITOR:
        return Text(words.changes)
    if panel.clients is None:
        return Text(words.loading)
    numbers = {status.value: sum(one.status is status for one in panel.clients) for status in PhoneStatus}
    line = Text(words.counts.format(total=len(panel.clients), **numbers))
    if panel.view is View.SEARCH or panel.search:
        line.append(f"   {words.search.format(text=panel.search)}", style="yellow")
        line.append("▏" if panel.view is View.SEARCH else "")
        line.append(f"   {words.found.format(shown=len(panel.shown), total=len(panel.clients))}", style="bright_black")
    return line


def _list(panel: Panel, words: Words, room: int) -> Table:
    rows = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in ("", words.hostname, words.extension, words.status, words.since):
        rows.add_column(head, no_wrap=True, overflow="ellipsis")
    for client in _window(panel.shown, panel.place, room):
        under_cursor = client.hostname == panel.at
        mark = ("›" if under_cursor else " ") + ("●" if client.hostname in panel.marked else " ")
        rows.add_row(
            mark,
            cell(client.hostname, limit=NAME_LIMIT),
            cell(client.extension, limit=NAME_LIMIT),
            Text(f"{SIGN[client.status]} {words.statuses[client.status.value]}", style=STYLE[client.status]),
            local_time(client.status_since),
            style="reverse" if under_cursor else "",
        )
    return rows


def _window(clients: Sequence[ClientState], place: int, room: int) -> Sequence[ClientState]:
    """As many as there is room for, the one under the cursor among them."""
    first = max(0, min(place - room // 2, len(clients) - room))
    return clients[first : first + room]


def _monitor(changes: Sequence[Change], words: Words) -> RenderableType:
    if not changes:
        return Text(words.no_changes)
    rows = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for change in changes:
        was = words.statuses[change.was.value] if change.was else ""
        rows.add_row(
            local_time(change.at),
            cell(change.hostname, limit=NAME_LIMIT),
            cell(change.extension, limit=NAME_LIMIT),
            Text(f"{was} → {SIGN[change.status]} {words.statuses[change.status.value]}", style=STYLE[change.status]),
        )
    return rows


def _message(panel: Panel, words: Words) -> list[Text]:
    """What is asked, under way or done, and the first commands that failed."""
    if panel.question:
        asked = words.all_on if panel.question.enabled else words.all_off
        return [Text(f"{asked.format(count=len(panel.question.hostnames))}  {words.yes_no}", style="bold yellow")]
    failed = [
        cell(f"✗ {row.hostname}: {row.outcome}{', ' if row.detail else ''}{row.detail}", "red", limit=200)
        for row in _failed(panel)[:RESULTS]
    ]
    if len(_failed(panel)) > RESULTS:
        failed[-1].append(f"   (+{len(_failed(panel)) - RESULTS})")
    if panel.under_way:
        total = len(panel.under_way.hostnames)
        said = words.working.format(
            switch="on" if panel.under_way.enabled else "off", done=len(panel.results), total=total
        )
        bar = "█" * (20 * len(panel.results) // max(total, 1))
        return [*failed, Text(f"{said} {bar:░<20} {words.stopping if panel.stopping else ''}", style="yellow")]
    if panel.told == "done":
        done = words.done.format(done=len(panel.results) - len(_failed(panel)), total=len(panel.results))
        return [*failed, Text(done, style="red" if failed else "green")]
    if panel.told:
        return [Text({"cancelled": words.cancelled, "nobody": words.nobody}[panel.told], style="yellow")]
    return [Text("")]


def _failed(panel: Panel) -> list[Row]:
    return [row for row in panel.results if not row.ok]


def _keys_now(panel: Panel, words: Words) -> tuple[tuple[str, str], ...]:
    """The keys that do something at this moment; a question names its own."""
    match panel.view:
        case View.SEARCH:
            return words.keys_of_search
        case View.MONITOR:
            return words.keys_of_monitor
        case View.QUESTION:
            return ()
        case View.LIST:
            return words.keys


def _keys(keys: tuple[tuple[str, str], ...]) -> Columns:
    """In columns, so that a key and its meaning stay together on a narrow screen."""
    return Columns([Text.assemble((key, "bold"), f" {meaning}", style="bright_black") for key, meaning in keys], (0, 3))
