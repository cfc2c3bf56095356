"""The version of a program file."""

from __future__ import annotations

import pywintypes
import win32api

from microsip_manager.agent.telephone import Version


def file_version(program: str) -> Version | None:
    """The first three numbers of its version; None when the file does not tell."""
    try:
        info = win32api.GetFileVersionInfo(program, "\\")
    except pywintypes.error:
        return None
    return info["FileVersionMS"] >> 16, info["FileVersionMS"] & 0xFFFF, info["FileVersionLS"] >> 16
