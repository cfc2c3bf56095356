"""Carries events inside one process."""

from __future__ import annotations

import logging
from collections.abc import Callable

from microsip_manager.wire.events import Event

log = logging.getLogger(__name__)

Hear = Callable[[Event], None]


class LocalBus:
    """The `EventBus` of a single server."""

    def __init__(self) -> None:
        self._listeners: dict[object, Hear] = {}
        self._hearing: tuple[Hear, ...] = ()

    def publish(self, event: Event) -> None:
        for hear in self._hearing:
            try:
                hear(event)
            except Exception:
                # A listener at fault must not cost the heartbeat that made the news, nor the other listeners.
                log.exception("%s: a listener failed at %s", event.hostname, type(event).__name__)

    def subscribe(self, hear: Hear) -> Callable[[], None]:
        ticket = object()
        self._listeners[ticket] = hear
        self._hearing = tuple(self._listeners.values())

        def leave() -> None:
            self._listeners.pop(ticket, None)
            self._hearing = tuple(self._listeners.values())

        return leave
