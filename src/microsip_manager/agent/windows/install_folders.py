"""Where MicroSIP was installed, by the registry and by Windows Installer."""

from __future__ import annotations

import ctypes
import winreg
from collections.abc import Iterator
from ctypes import wintypes
from pathlib import PureWindowsPath

GUID_SIZE = 39
LONGEST_VALUE = 1024

_msi = ctypes.WinDLL("msi")
_enum_products = _msi.MsiEnumProductsW
_enum_products.restype = wintypes.UINT
_enum_products.argtypes = [wintypes.DWORD, wintypes.LPWSTR]
_product_info = _msi.MsiGetProductInfoW
_product_info.restype = wintypes.UINT
_product_info.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)]


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
    product = ctypes.create_unicode_buffer(GUID_SIZE)
    index = 0
    while _enum_products(index, product) == 0:
        if _product_property(product.value, "ProductName") == name:
            yield _product_property(product.value, "InstallLocation")
        index += 1


def _product_property(product: str, which: str) -> str:
    value = ctypes.create_unicode_buffer(LONGEST_VALUE)
    size = wintypes.DWORD(LONGEST_VALUE)
    return value.value if _product_info(product, which, value, ctypes.byref(size)) == 0 else ""
