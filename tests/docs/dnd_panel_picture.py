"""Draws `docs/dnd-panel.svg` from the panel itself: `python -m tests.docs.dnd_panel_picture` writes it anew."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from rich.console import Console

from microsip_manager.cli import panel_state
from microsip_manager.cli.dnd import Row
from microsip_manager.cli.panel_screen import drawn
from microsip_manager.cli.panel_state import Panel, Wish
from microsip_manager.cli.words import ENGLISH
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus
from tests.cli.office import NOON
from tests.docs.markdown import ROOT

PICTURE = ROOT / "docs" / "dnd-panel.svg"

CAST = {
    "ANNA": ("488", PhoneStatus.ONLINE),
    "NIKITA": ("485", PhoneStatus.DND),
    "OLGA": ("486", PhoneStatus.DND),
    "PAVEL": ("487", PhoneStatus.OFFLINE),
    "reception.office": ("100", PhoneStatus.ONLINE),
    "SALES-01": ("501", PhoneStatus.ONLINE),
    "SALES-03": ("503", PhoneStatus.ONLINE),
    "Иванов-ПК": ("490", PhoneStatus.DND),
}


def panel() -> Panel:
    """The panel after DND was switched on for four marked PCs, one of which has no button."""
    clients = [
        ClientState(name, extension, status, NOON + timedelta(minutes=7 * at), NOON, "127.0.0.1", 8084, "0.1.0", False)
        for at, (name, (extension, status)) in enumerate(CAST.items())
    ]
    shown = panel_state.listed(Panel(at="SALES-03"), clients, "http://172.16.99.12:8083")
    wish = Wish(True, ("NIKITA", "OLGA", "SALES-03", "Иванов-ПК"))
    shown = panel_state.begun(shown, wish)
    for name in wish.hostnames:
        ok = name != "SALES-03"
        detail = "" if ok else "MicroSIP has no DND button: denyIncoming is 'all', not 'button'"
        shown = panel_state.result_came(shown, Row(name, "applied" if ok else "unsupported", ok, detail, ok))
    return panel_state.ended(shown)


def picture() -> str:
    """The panel as SVG, with fonts of the reader's own: nothing is loaded from elsewhere."""
    screen = Console(file=io.StringIO(), record=True, width=92, markup=False, emoji=False, highlight=False)
    screen.print(drawn(panel(), ENGLISH, 24))
    text = screen.export_svg(title="admin_dnd_control.py", unique_id="dnd-panel")
    text = re.sub(r"@font-face \{.*?\}\n|<!--.*?-->", "", text, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
