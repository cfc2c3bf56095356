"""Builds the HTTP API only when somebody asks: an agent that sleeps unasked does with half the memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

WsgiApp = Callable[..., Any]


class OnDemand:
    """A WSGI application that is built at its first request. Any thread may ask."""

    def __init__(self, build: Callable[[], WsgiApp]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._app: WsgiApp | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with self._lock:
            if self._app is None:
                self._app = self._build()
        return self._app(environ, start_response)
