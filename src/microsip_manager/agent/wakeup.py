"""A pause that another thread can cut short or end for good."""

from __future__ import annotations

import threading


class Wakeup:
    """The heartbeat loop's pause."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._stopped = False

    def wait(self, seconds: float) -> bool:
        """Pause until the time is over, `ring` or `stop`; True means stop."""
        self._event.wait(seconds)
        if not self._stopped:
            self._event.clear()
        return self._stopped

    def ring(self) -> None:
        self._event.set()

    def stop(self) -> None:
        self._stopped = True
        self._event.set()
