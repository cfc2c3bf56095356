"""The DND panel without its terminal: what a key, a new list or a result makes of it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from microsip_manager.cli import keyboard
from microsip_manager.cli.dnd import Row
from microsip_manager.cli.watch import Change, changes
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus

PAGE = 10
CHANGES_KEPT = 500

SAME_KEY = {"ь": "m", "к": "r", "й": "q", ".": "/", "=": "+", "_": "-", "д": "y", "н": "n"}
"""Keys that lie under the same finger with Russian letters, or mean the same word."""


class View(enum.Enum):
    LIST = enum.auto()
    SEARCH = enum.auto()
    QUESTION = enum.auto()
    MONITOR = enum.auto()


@dataclass(frozen=True)
class Wish:
    """DND on or off for these."""

    enabled: bool
    hostnames: tuple[str, ...]
    left_out: int = 0
    """Offline clients of a wish for all."""


class Command(enum.Enum):
    """What a key asks of the program around the panel, besides a `Wish`."""

    QUIT = enum.auto()
    REFRESH = enum.auto()
    STOP = enum.auto()


@dataclass(frozen=True)
class Panel:
    """Everything that is on the screen."""

    clients: tuple[ClientState, ...] | None = None
    """None until a server has answered."""
    at: str = ""
    """The hostname under the cursor."""
    marked: frozenset[str] = frozenset()
    view: View = View.LIST
    search: str = ""
    question: Wish | None = None
    under_way: Wish | None = None
    stopping: bool = False
    results: tuple[Row, ...] = ()
    told: str = ""
    """The name of a message in `Words`."""
    changes: tuple[Change, ...] = ()
    """Newest first."""
    server: str = ""
    trouble: str = ""

    @property
    def shown(self) -> list[ClientState]:
        """The clients that match the search."""
        wanted = self.search.casefold()
        return [
            client
            for client in self.clients or ()
            if wanted in client.hostname.casefold() or wanted in client.extension.casefold()
        ]

    @property
    def place(self) -> int:
        """Where the cursor is among those shown."""
        names = [client.hostname for client in self.shown]
        return names.index(self.at) if self.at in names else 0


def listed(panel: Panel, clients: Sequence[ClientState], server: str) -> Panel:
    """The panel with a new list, and what it changed."""
    news = changes(panel.clients, clients) if panel.clients is not None else []
    known = {client.hostname for client in clients}
    # A client that fell silent is known to have done so only some seconds later.
    found = sorted((*reversed(news), *panel.changes), key=lambda change: change.at, reverse=True)
    at = panel.at if panel.at in known else clients[0].hostname if clients else ""
    return replace(
        panel,
        clients=tuple(clients),
        at=at,
        marked=panel.marked & known,
        changes=tuple(found[:CHANGES_KEPT]),
        server=server,
        trouble="",
    )


def begun(panel: Panel, wish: Wish) -> Panel:
    return replace(panel, view=View.LIST, question=None, under_way=wish, results=(), told="", stopping=False)


def result_came(panel: Panel, row: Row) -> Panel:
    return replace(panel, results=(*panel.results, row))


def ended(panel: Panel) -> Panel:
    """All results are here, or no more will come."""
    return replace(panel, under_way=None, stopping=False, marked=frozenset(), told="done")


def pressed(panel: Panel, key: str) -> tuple[Panel, Wish | Command | None]:
    """What becomes of the panel at this key, and what is to be done."""
    match panel.view:
        case View.SEARCH:
            return _typed(panel, key), None
        case View.QUESTION:
            return _answered(panel, SAME_KEY.get(key.lower(), key.lower()))
        case _:
            return _commanded(panel, SAME_KEY.get(key.lower(), key.lower()))


def _typed(panel: Panel, key: str) -> Panel:
    if key == keyboard.ESCAPE:
        return replace(panel, view=View.LIST, search="")
    if key == keyboard.ENTER:
        return replace(panel, view=View.LIST)
    if key in (keyboard.UP, keyboard.DOWN):
        return _moved(replace(panel, view=View.LIST), key)
    search = panel.search[:-1] if key == keyboard.BACKSPACE else panel.search + (key if len(key) == 1 else "")
    found = replace(panel, search=search[:64])
    return replace(found, at=found.shown[found.place].hostname if found.shown else panel.at)


def _answered(panel: Panel, key: str) -> tuple[Panel, Wish | None]:
    asked = replace(panel, view=View.LIST, question=None)
    if key == "y":
        return asked, panel.question
    if key in ("n", "q", keyboard.ESCAPE):
        return replace(asked, told="cancelled"), None
    return panel, None  # neither yes nor no: ask on


def _commanded(panel: Panel, key: str) -> tuple[Panel, Wish | Command | None]:
    match key:
        case "q" | keyboard.ESCAPE if panel.view is View.MONITOR:
            return replace(panel, view=View.LIST), None
        case keyboard.ESCAPE if panel.search:
            return replace(panel, search=""), None
        case "q" | keyboard.ESCAPE if panel.under_way:
            return replace(panel, stopping=True), Command.STOP
        case "q" | keyboard.ESCAPE:
            return panel, Command.QUIT
        case "r":
            return panel, Command.REFRESH
        case "m":
            return replace(panel, view=View.LIST if panel.view is View.MONITOR else View.MONITOR), None
    return _commanded_in_list(panel, key) if panel.view is View.LIST else (panel, None)


def _commanded_in_list(panel: Panel, key: str) -> tuple[Panel, Wish | Command | None]:
    match key:
        case "/":
            return replace(panel, view=View.SEARCH, search=""), None
        case " ":
            return _moved(replace(panel, marked=panel.marked ^ _under_cursor(panel)), keyboard.DOWN), None
        case "+" | "-" if not panel.under_way:
            return _wished(panel, key == "+")
        case "1" | "0" if not panel.under_way:
            return _asked_for_all(panel, key == "1"), None
    return _moved(panel, key), None


def _under_cursor(panel: Panel) -> frozenset[str]:
    return frozenset({panel.shown[panel.place].hostname}) if panel.shown else frozenset()


def _wished(panel: Panel, enabled: bool) -> tuple[Panel, Wish | None]:
    hostnames = tuple(sorted(panel.marked or _under_cursor(panel)))
    return (panel, Wish(enabled, hostnames)) if hostnames else (replace(panel, told="nobody"), None)


def _asked_for_all(panel: Panel, enabled: bool) -> Panel:
    known = panel.clients or ()
    there = tuple(client.hostname for client in known if client.status is not PhoneStatus.OFFLINE)
    if not there:
        return replace(panel, told="nobody")
    return replace(panel, view=View.QUESTION, question=Wish(enabled, there, len(known) - len(there)), told="")


def _moved(panel: Panel, key: str) -> Panel:
    steps = {
        keyboard.UP: -1,
        keyboard.DOWN: 1,
        keyboard.PAGE_UP: -PAGE,
        keyboard.PAGE_DOWN: PAGE,
        keyboard.HOME: -len(panel.shown),
        keyboard.END: len(panel.shown),
    }
    if key not in steps or not panel.shown:
        return panel
    place = max(0, min(len(panel.shown) - 1, panel.place + steps[key]))
    return replace(panel, at=panel.shown[place].hostname, told="")
