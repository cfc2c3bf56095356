"""Where the agent keeps its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def state_folder(wanted: str, windows: bool, environ: Mapping[str, str]) -> Path:
    """The folder named by SPOOL_DIR, else the usual one for what a program keeps for one user of one computer."""
    if wanted:
        return Path(wanted).expanduser()
    if windows:
        # Not %APPDATA%: that may roam, and two computers would then write one file.
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "MicroSIP Manager"
    return Path.home() / ".local" / "state" / "microsip-manager"
