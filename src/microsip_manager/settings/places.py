"""Where relative paths in settings begin: at the folder of `api_config.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from microsip_manager.settings.declared import TERMINAL_ONLY


def database_url_of(url: str, site: ModuleType) -> str:
    """The URL with a relative SQLite path made absolute from the folder of `api_config.py`."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith(prefix + "/") or url == prefix + ":memory:":
        return url
    return prefix + str(_folder_of(site) / url.removeprefix(prefix))


def tls_folder_of(url: str, site: ModuleType) -> Path:
    """The folder of the server's certificates: beside the database if that is a file, else `data/tls`."""
    prefix = "sqlite:///"
    file = database_url_of(url, site).removeprefix(prefix) if url.startswith(prefix) else ":memory:"
    return (_folder_of(site) / "data" if file == ":memory:" else Path(file.partition("?")[0]).parent) / "tls"


def log_file_of(
    value: str,
    site: ModuleType,
    program: str,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
) -> Path | None:
    """Where a program (`agent`, `server`) writes its log, if not only to the terminal; see `LOG_FILE`."""
    if value == TERMINAL_ONLY:
        return None
    if value:
        return _folder_of(site) / Path(os.path.expandvars(value)).expanduser()
    home = environ.get("LOCALAPPDATA", "")
    return Path(home, "MicroSIP Manager", f"{program}.log") if platform == "win32" and home else None


def _folder_of(site: ModuleType) -> Path:
    """The folder of `api_config.py`."""
    return Path(site.__file__).resolve().parent if getattr(site, "__file__", None) else Path.cwd()  # type: ignore[arg-type]
