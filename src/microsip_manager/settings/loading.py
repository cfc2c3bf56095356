"""A value comes from the environment, else from `api_config.py`, else from the default of the setting."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from microsip_manager.settings.declared import API_SERVERS
from microsip_manager.settings.programs import Kind, declared_for
from microsip_manager.settings.setting import BadSetting, Setting


def load(kind: type[Kind], site: ModuleType, environ: Mapping[str, str] = os.environ) -> Kind:
    """The settings of one program; raises `BadSetting`."""
    values = {setting.name.lower(): _value(setting, site, environ) for setting in declared_for(kind)}
    return kind(**values)


def _value(setting: Setting, site: ModuleType, environ: Mapping[str, str]) -> Any:
    name, found = _found(setting, site, environ)
    try:
        return setting.read(found)
    except (ValueError, TypeError, KeyError):
        shown = "not usable" if setting.secret else repr(found)
        raise BadSetting(f"{name} is {shown}; expected {setting.expected}") from None


def _found(setting: Setting, site: ModuleType, environ: Mapping[str, str]) -> tuple[str, object]:
    if setting is API_SERVERS and (numbered := _numbered_servers(environ)):
        return "API_SERVER_1…", numbered
    if setting.name in environ:
        return setting.name, environ[setting.name]
    return setting.name, getattr(site, setting.name, setting.default)


def _numbered_servers(environ: Mapping[str, str]) -> list[str]:
    numbered = {int(found[1]): url for key, url in environ.items() if (found := re.fullmatch(r"API_SERVER_(\d+)", key))}
    return [numbered[number] for number in sorted(numbered)]
