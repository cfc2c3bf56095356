"""Where MicroSIP was installed, by the registry and by Windows Installer."""

from __future__ import annotations

import ctypes
import winreg
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from pathlib import PureWindowsPath

GUID_SIZE = 39
LONGEST_VALUE = 1024

_free_library = ctypes.WinDLL("kernel32").FreeLibrary
_free_library.argtypes = [wintypes.HMODULE]


def install_folders(name: str) -> Iterator[PureWindowsPath | None]:
    """The folders MicroSIP, or a branded build of that name, was installed to; the dearest to find come last.

    None stands for an installation that does not tell its folder: MicroSIP then takes itself for the installed one.
    """
    registered = _default_value(winreg.HKEY_CURRENT_USER, name) or _default_value(winreg.HKEY_LOCAL_MACHINE, name)
    if registered:
        yield PureWindowsPath(registered)
    with _windows_installer() as msi:
        yield from [PureWindowsPath(folder) if folder else None for folder in _msi_folders(msi, name)]


def _default_value(root: int, name: str) -> str:
    """The path in the registry as a 32-bit program sees it, for the official MicroSIP is one."""
    access = winreg.KEY_READ | winreg.KEY_WOW64_32KEY
    try:
        with winreg.OpenKey(root, rf"Software\{name}", 0, access) as key:
            value, _ = winreg.QueryValueEx(key, "")
    except OSError:
        return ""
    return value if isinstance(value, str) else ""


@contextmanager
def _windows_installer() -> Iterator[ctypes.WinDLL]:
    """Its library, let go after use: it holds on to ten megabytes of Windows' shell, and is asked once a MicroSIP."""
    msi = ctypes.WinDLL("msi")
    try:
        yield msi
    finally:
        _free_library(msi._handle)


def _msi_folders(msi: ctypes.WinDLL, name: str) -> Iterator[str]:
    """Install locations, perhaps empty, of the Windows Installer products of that name."""
    product = ctypes.create_unicode_buffer(GUID_SIZE)
    index = wintypes.DWORD(0)
    while msi.MsiEnumProductsW(index, product) == 0:
        if _product_property(msi, product, "ProductName") == name:
            yield _product_property(msi, product, "InstallLocation")
        index.value += 1


def _product_property(msi: ctypes.WinDLL, product: ctypes.Array[ctypes.c_wchar], which: str) -> str:
    value = ctypes.create_unicode_buffer(LONGEST_VALUE)
    size = wintypes.DWORD(LONGEST_VALUE)
    return value.value if msi.MsiGetProductInfoW(product, which, value, ctypes.byref(size)) == 0 else ""
