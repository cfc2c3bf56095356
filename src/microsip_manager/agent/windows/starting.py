"""Starting the MicroSIP of this PC, with its window hidden.

Each function loads what it needs of pywin32 itself: it brings in half of Windows' shell, and few agents ever start one.
"""

from __future__ import annotations

import winreg
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from microsip_manager.agent.windows.install_folders import install_folders

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP = 0x0008, 0x0200
TOKEN_QUERY = 0x0008
TOKEN_ELEVATION_TYPE, FULL = 18, 2
"""What Windows tells of a program that an administrator has raised above the other programs of the session."""


def program_to_start(window_class: str, last_known: str) -> Path | None:
    """The one that ran last, else the installed one, else the one that starts with Windows; None when there is none."""
    folders = (folder for folder in install_folders(window_class) if folder)
    installed = (Path(folder, f"{window_class}.exe") for folder in folders)
    known = [Path(last_known)] if last_known else []
    return next(
        (program for program in (*known, *installed, *_autostarted(window_class)) if _is_program(program)), None
    )


def start_hidden(program: Path) -> None:
    """Start it without a console and independent of this process; raises `OSError`."""
    import pywintypes
    import win32process

    line = f'"{program}" /minimized'
    flags = DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
    about: Any = win32process.STARTUPINFO()
    try:
        started: Any = win32process.CreateProcess(
            str(program), line, None, None, False, flags, None, str(program.parent), about
        )
    except pywintypes.error as error:
        raise OSError(error.winerror, error.strerror) from None
    for handle in started[:2]:
        handle.Close()


def runs_elevated() -> bool:
    """Whether what this process starts would run as administrator, unlike the other programs of this session."""
    import win32api
    import win32security

    token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), TOKEN_QUERY)
    return bool(win32security.GetTokenInformation(token, TOKEN_ELEVATION_TYPE) == FULL)


def _autostarted(name: str) -> Iterator[Path]:
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            value, _ = winreg.QueryValueEx(key, name)
    except OSError:
        return
    if isinstance(value, str) and value.startswith('"'):
        yield Path(value[1:].partition('"')[0])


def _is_program(program: Path) -> bool:
    return program.is_absolute() and program.suffix.lower() == ".exe" and program.is_file()
