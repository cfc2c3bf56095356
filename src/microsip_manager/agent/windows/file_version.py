"""The version of a program file."""

from __future__ import annotations

from microsip_manager.agent.telephone import Version


def file_version(program: str) -> Version | None:
    """The first three numbers of its version; None when the file does not tell."""
    # They bring in half of the Windows shell, which an agent that sleeps does without.
    import pywintypes
    import win32api

    try:
        info = win32api.GetFileVersionInfo(program, "\\")
    except pywintypes.error:
        return None
    return info["FileVersionMS"] >> 16, info["FileVersionMS"] & 0xFFFF, info["FileVersionLS"] >> 16
