"""Where MicroSIP was installed, by the registry and by Windows Installer."""

from __future__ import annotations

import ctypes
import winreg
from collections.abc import Iterator
from ctypes import wintypes
from pathlib import PureWindowsPath

GUID_SIZE = 39
LONGEST_VALUE = 1024


def install_folders(name: str) -> list[PureWindowsPath | None]:
    """The folders MicroSIP, or a branded build of that name, was installed to.

    None stands for an installation that does not tell its folder: MicroSIP then takes itself for the installed one.
    """
    registered = _default_value(winreg.HKEY_CURRENT_USER, name) or _default_value(winreg.HKEY_LOCAL_MACHINE, name)
    folders: list[PureWindowsPath | None] = [PureWindowsPath(registered)] if registered else []
    return folders + [PureWindowsPath(folder) if folder else None for folder in _msi_folders(name)]


def _default_value(root: int, name: str) -> str:
    """The path in the registry as a 32-bit program sees it, for the official MicroSIP is one."""
    access = winreg.KEY_READ | winreg.KEY_WOW64_32KEY
    try:
        with winreg.OpenKey(root, rf"Software\{name}", 0, access) as key:
            value, _ = winreg.QueryValueEx(key, "")
    except OSError:
        return ""
    return value if isinstance(value, str) else ""


def _msi_folders(name: str) -> Iterator[str]:
    """Install locations, perhaps empty, of the Windows Installer products of that name."""
    # Loaded only now: an agent that has not met a MicroSIP yet does without it.
    msi = ctypes.WinDLL("msi")
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
