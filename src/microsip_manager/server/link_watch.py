"""The loop that gives up links that are half open: the PC was unplugged, or a network forgot the connection.

Nothing tells the server of it, and commands would be sent into such a link in vain.
"""

from __future__ import annotations

import logging

from microsip_manager.clock import Clock
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.watchdog import PAUSE, STOOD_STILL, Wait

log = logging.getLogger(__name__)


async def watch_links(hub: LinkHub, clock: Clock, patience: float, wait: Wait) -> None:
    """Close silent links until `wait` says stop."""
    while True:
        woken_at = clock.monotonic() + PAUSE
        if await wait(PAUSE):
            return
        now = clock.monotonic()
        if now - woken_at > STOOD_STILL:
            hub.grant_grace(now + patience)
        for linked in hub.drop_silent(now):
            log.warning("%s: its link is given up, nothing came over it for too long", linked.hostname)
