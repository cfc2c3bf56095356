"""A window of another program that happens to have MicroSIP's window class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import win32api
import win32con
import win32gui


@contextmanager
def foreign_window(window_class: str = "MicroSIP", owner: int = 0) -> Iterator[int]:
    """Hidden, of this very process, and without anything in it. Nobody sends it messages, so nobody pumps them."""
    described: Any = win32gui.WNDCLASS()  # its stub takes its fields for read-only
    described.lpszClassName = window_class
    described.hInstance = win32api.GetModuleHandle(None)
    described.lpfnWndProc = {}
    kind: Any = win32gui.RegisterClass(described)
    window = win32gui.CreateWindowEx(
        0, kind, "MicroSIP", win32con.WS_POPUP, 0, 0, 10, 10, owner, 0, described.hInstance, None
    )
    try:
        yield window
    finally:
        win32gui.DestroyWindow(window)
        win32gui.UnregisterClass(kind, described.hInstance)
