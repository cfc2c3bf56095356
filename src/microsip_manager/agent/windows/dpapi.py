"""Seals what only this user of this PC may read: Windows' own DPAPI.

For the user and not for the machine, because a seal for the machine is opened by every program of every user of it. The
agent runs in its user's session and keeps its file in that user's folder, so nobody else has to read it.
"""

from __future__ import annotations

import pywintypes
import win32crypt

from microsip_manager.agent.key_file import BrokenKey

NEVER_ASK = 0x1  # CRYPTPROTECT_UI_FORBIDDEN
ABOUT = "MicroSIP Manager"


class Dpapi:
    """The real `Seal`."""

    def close(self, plain: bytes) -> bytes:
        try:
            sealed: bytes = win32crypt.CryptProtectData(plain, ABOUT, None, None, None, NEVER_ASK)
        except pywintypes.error as error:
            raise OSError(f"Windows does not seal the key: {error.strerror}") from None
        return sealed

    def open(self, sealed: bytes) -> bytes:
        try:
            plain: bytes = win32crypt.CryptUnprotectData(sealed, None, None, None, NEVER_ASK)[1]
        except pywintypes.error as error:
            raise BrokenKey(f"Windows does not open it for this user: {error.strerror}") from None
        return plain
