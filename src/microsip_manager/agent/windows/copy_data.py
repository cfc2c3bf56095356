"""Handing a text to another program by WM_COPYDATA."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from microsip_manager.agent.windows.messages import MessageSender

WM_COPYDATA = 0x004A

AT_ONCE, LATER = 1, 2
"""Kinds of command: carried out inside the message, so that an error box holds it up, or after it."""


class _CopyData(ctypes.Structure):
    # At the sender's own size; Windows converts it for a 32-bit receiver.
    _fields_ = (("dwData", ctypes.c_size_t), ("cbData", wintypes.DWORD), ("lpData", ctypes.c_void_p))


def hand_over(window: int, kind: int, text: str, send: MessageSender, seconds: float) -> int:
    """The window's answer; raises what `send` raises. MicroSIP reads up to the zero at the end, which is counted."""
    characters = ctypes.create_unicode_buffer(text)
    data = _CopyData(kind, ctypes.sizeof(characters), ctypes.addressof(characters))
    return send(window, WM_COPYDATA, 0, ctypes.addressof(data), seconds)
