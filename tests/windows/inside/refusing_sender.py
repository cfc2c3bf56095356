"""Windows' refusal to pass messages to an elevated program, simulated: Wine has no elevated programs."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from microsip_manager.agent.windows.messages import ERROR_ACCESS_DENIED, error_of, send_message

GA_ROOT = 2

_user32 = ctypes.WinDLL("user32")
_get_ancestor = _user32.GetAncestor
_get_ancestor.restype = wintypes.HWND
_get_ancestor.argtypes = [wintypes.HWND, wintypes.UINT]
_get_prop = _user32.GetPropW
_get_prop.restype = wintypes.HANDLE
_get_prop.argtypes = [wintypes.HWND, wintypes.LPCWSTR]


def send_or_refuse(window: int, message: int, wparam: int, lparam: int, seconds: float) -> int:
    """Sends, unless the stand-in plays an elevated MicroSIP: then the error Windows would give."""
    if _get_prop(_get_ancestor(window, GA_ROOT), "StandInRefuses"):
        raise error_of(ERROR_ACCESS_DENIED)
    return send_message(window, message, wparam, lparam, seconds)
