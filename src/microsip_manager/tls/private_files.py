"""Files that nobody but their owner may read."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SYSTEM, ADMINISTRATORS = "*S-1-5-18", "*S-1-5-32-544"


def make_private_folder(folder: Path) -> None:
    """A folder for its owner and, on Windows, for the system and its administrators; raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _give_to_owner_of(folder.parent, folder)
    if sys.platform == "win32":
        owner = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
        rights = [f"{who}:(OI)(CI)F" for who in (owner, SYSTEM, ADMINISTRATORS)]
        icacls = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "icacls.exe")
        # Without it the folder has the rights of the one around it, which is the administrator's choice.
        with suppress(OSError, subprocess.SubprocessError):
            command = [str(icacls), str(folder), "/inheritance:r", "/grant:r", *rights]
            subprocess.run(command, check=False, capture_output=True, timeout=20)  # noqa: S603 - of Windows itself


def write_private(file: Path, text: str) -> None:
    """Put this text into the file, whole or not at all; raises `OSError`."""
    _write(file, text, 0o600)


def write_public(file: Path, text: str) -> None:
    """The same for a file that others may read."""
    _write(file, text, 0o644)


def _write(file: Path, text: str, mode: int) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    # Made with its mode, so that there is no moment in which others could open it.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "w", encoding="ascii", newline="\n") as opened:  # noqa: PTH123 - it is a descriptor
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        _give_to_owner_of(file.parent, fresh)
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _give_to_owner_of(place: Path, made: Path) -> None:
    """What root makes is for whom the server runs as, to whom the folder around belongs."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = place.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
