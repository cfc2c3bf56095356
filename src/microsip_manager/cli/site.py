"""Finds `api_config.py`, which the programs of a site share, and reads what concerns the administrators' tools."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from microsip_manager.settings import API_SERVERS, API_TIMEOUT, BadSetting, CliSettings, Setting, load

CHECKOUT = Path(__file__).resolve().parents[3]


def api_config(file: Path | None = None) -> ModuleType:
    """The settings file: the one given, else that of the checkout, else none; raises `BadSetting`.

    A file in the current folder is not read unasked: it is a program, and the folder may be anybody's.
    """
    chosen = file or CHECKOUT / "api_config.py"
    site = ModuleType("api_config")
    if file is None and not chosen.is_file():
        return site
    spec = importlib.util.spec_from_file_location("api_config", chosen)
    if spec is None or spec.loader is None:
        raise BadSetting(f"{chosen} is not a Python file")
    site = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(site)
    except (OSError, SyntaxError) as error:
        raise BadSetting(f"{chosen} cannot be read: {error}") from None
    except Exception as error:  # the file is a program: anything may come out of it
        raise BadSetting(f"{chosen} fails: {type(error).__name__}: {error}") from None
    return site


def cli_settings(
    file: Path | None = None,
    servers: Sequence[str] = (),
    timeout: float | None = None,
    environ: Mapping[str, str] = os.environ,
) -> CliSettings:
    """The settings, with what the command line says in place of the file's; raises `BadSetting`."""
    settings = load(CliSettings, api_config(file), environ)
    if servers:
        settings = replace(settings, api_servers=_checked(API_SERVERS, "--server", list(servers)))
    if timeout is not None:
        settings = replace(settings, api_timeout=_checked(API_TIMEOUT, "--timeout", timeout))
    return settings


def _checked(setting: Setting, name: str, value: object) -> Any:
    try:
        return setting.read(value)
    except ValueError:
        raise BadSetting(f"{name} is {value!r}; expected {setting.expected}") from None
