"""The program file of a process."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
LONGEST_PATH = 32768

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_open_process = _kernel32.OpenProcess
_open_process.restype = wintypes.HANDLE
_open_process.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]
_close_handle = _kernel32.CloseHandle
_close_handle.argtypes = [wintypes.HANDLE]
_query_image_name = _kernel32.QueryFullProcessImageNameW
_query_image_name.restype = wintypes.BOOL
_query_image_name.argtypes = [wintypes.HANDLE, wintypes.DWORD, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)]


def process_path(process: int) -> str:
    """The full path of the program; empty when Windows does not tell. Works for 32-bit and elevated programs too."""
    handle = _open_process(PROCESS_QUERY_LIMITED_INFORMATION, False, process)
    if not handle:
        return ""
    try:
        path = ctypes.create_unicode_buffer(LONGEST_PATH)
        size = wintypes.DWORD(LONGEST_PATH)
        return path.value if _query_image_name(handle, 0, path, ctypes.byref(size)) else ""
    finally:
        _close_handle(handle)
