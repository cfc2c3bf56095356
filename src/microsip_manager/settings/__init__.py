"""Settings: each is declared once, with its name, default, reader and meaning.

A value comes from the environment, else from `api_config.py`, else from the default here. A bad value explains
itself: `HEARTBEAT_INTERVAL is 'soon'; expected a positive number of seconds, such as 7`.
"""

from __future__ import annotations

from microsip_manager.settings.declared import (
    AGENT_PORT,
    API_SERVERS,
    API_TIMEOUT,
    DECLARED,
    DIRECTORY_KEY,
    HEARTBEAT_INTERVAL,
    SERVER_CA,
    SERVER_PORT,
    TERMINAL_ONLY,
)
from microsip_manager.settings.help import help_text
from microsip_manager.settings.loading import load
from microsip_manager.settings.places import database_url_of, log_file_of, tls_folder_of
from microsip_manager.settings.programs import AgentSettings, CliSettings, ServerFiles, ServerSettings, declared_for
from microsip_manager.settings.readers import LINK_ALWAYS, LINK_AWAKE, LINK_OFF
from microsip_manager.settings.setting import BadSetting, Setting

__all__ = [
    "AGENT_PORT",
    "API_SERVERS",
    "API_TIMEOUT",
    "DECLARED",
    "DIRECTORY_KEY",
    "HEARTBEAT_INTERVAL",
    "LINK_ALWAYS",
    "LINK_AWAKE",
    "LINK_OFF",
    "SERVER_CA",
    "SERVER_PORT",
    "TERMINAL_ONLY",
    "AgentSettings",
    "BadSetting",
    "CliSettings",
    "ServerFiles",
    "ServerSettings",
    "Setting",
    "database_url_of",
    "declared_for",
    "help_text",
    "load",
    "log_file_of",
    "tls_folder_of",
]
