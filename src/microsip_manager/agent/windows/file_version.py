"""The version of a program file. Read without pywin32's `win32api`, which brings in half of Windows' shell."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from microsip_manager.agent.telephone import Version

_HIGH, _LOW = 2, 3
"""Places of the two numbers with the version in Windows' VS_FIXEDFILEINFO."""

_FixedInfo = wintypes.DWORD * 13

_version = ctypes.WinDLL("version")
_info_size = _version.GetFileVersionInfoSizeW
_info_size.restype = wintypes.DWORD
_info_size.argtypes = [wintypes.LPCWSTR, wintypes.LPDWORD]
_info = _version.GetFileVersionInfoW
_info.restype = wintypes.BOOL
_info.argtypes = [wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID]
_part = _version.VerQueryValueW
_part.restype = wintypes.BOOL
_part.argtypes = [wintypes.LPCVOID, wintypes.LPCWSTR, ctypes.POINTER(wintypes.LPVOID), wintypes.PUINT]


def file_version(program: str) -> Version | None:
    """The first three numbers of its version; None when the file does not tell."""
    size = _info_size(program, None)
    content = ctypes.create_string_buffer(size)
    if not size or not _info(program, 0, size, content):
        return None
    place, length = wintypes.LPVOID(), wintypes.UINT()
    found = _part(content, "\\", ctypes.byref(place), ctypes.byref(length))
    if not found or not place.value or length.value < ctypes.sizeof(_FixedInfo):
        return None
    fixed = _FixedInfo.from_address(place.value)
    return fixed[_HIGH] >> 16, fixed[_HIGH] & 0xFFFF, fixed[_LOW] >> 16
