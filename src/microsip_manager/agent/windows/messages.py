"""Sending a window message to another program, never waiting for it without a limit."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Protocol

from microsip_manager.agent.errors import PhoneDenied, PhoneGone, PhoneHung

WM_COMMAND = 0x0111
WM_GETTEXT = 0x000D
BM_GETCHECK = 0x00F0
BST_CHECKED = 1

LONGEST_TEXT = 1024
"""Characters of a text with its end."""

SMTO_ABORTIFHUNG = 0x0002

ERROR_ACCESS_DENIED = 5
ERRORS_OF_LOST_WINDOWS = (6, 1400)
"""ERROR_INVALID_HANDLE and ERROR_INVALID_WINDOW_HANDLE."""


class MessageSender(Protocol):
    """Sends one message and returns its result; raises `PhoneHung`, `PhoneDenied` or `PhoneGone`."""

    def __call__(self, window: int, message: int, wparam: int, lparam: int, seconds: float) -> int: ...


_user32 = ctypes.WinDLL("user32", use_last_error=True)
_send_message_timeout = _user32.SendMessageTimeoutW
_send_message_timeout.restype = ctypes.c_ssize_t
_send_message_timeout.argtypes = [
    wintypes.HWND,
    wintypes.UINT,
    wintypes.WPARAM,
    wintypes.LPARAM,
    wintypes.UINT,
    wintypes.UINT,
    ctypes.POINTER(ctypes.c_size_t),
]


def send_message(window: int, message: int, wparam: int, lparam: int, seconds: float) -> int:
    """The `MessageSender` that really sends."""
    answer = ctypes.c_size_t()
    ctypes.set_last_error(0)
    sent = _send_message_timeout(
        window, message, wparam, lparam, SMTO_ABORTIFHUNG, int(seconds * 1000), ctypes.byref(answer)
    )
    if not sent:
        raise error_of(ctypes.get_last_error())
    return answer.value


def text_of(send: MessageSender, window: int, seconds: float) -> str:
    """The text of a control of another program; raises as `MessageSender` does."""
    buffer = ctypes.create_unicode_buffer(LONGEST_TEXT)
    send(window, WM_GETTEXT, LONGEST_TEXT, ctypes.addressof(buffer), seconds)
    return buffer.value


def error_of(number: int) -> PhoneHung | PhoneDenied | PhoneGone:
    """A Windows error number in our words.

    Every number that does not prove that the message never arrived counts as a time-out: it may still be carried out.
    """
    if number == ERROR_ACCESS_DENIED:
        return PhoneDenied("Windows refused (error 5): MicroSIP runs as administrator and the agent does not")
    if number in ERRORS_OF_LOST_WINDOWS:
        return PhoneGone("MicroSIP's window is gone")
    return PhoneHung(f"MicroSIP does not answer window messages (error {number})")
