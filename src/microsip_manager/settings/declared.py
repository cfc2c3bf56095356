"""Every setting of the product, declared once: name, default, reader, what is expected, help."""

from __future__ import annotations

from microsip_manager.settings.readers import (
    LINK_ALWAYS,
    days,
    folder,
    hostname,
    join_servers,
    join_token,
    key_of_a_path,
    link_use,
    log_level,
    networks,
    port,
    seconds,
    server_urls,
    switch,
    text,
)
from microsip_manager.settings.setting import Setting

LOG_LEVEL = Setting(
    "LOG_LEVEL", "INFO", log_level, "DEBUG, INFO, WARNING or ERROR", "How much the program tells in its log."
)
TERMINAL_ONLY = "-"
LOG_FILE = Setting(
    "LOG_FILE",
    "",
    text,
    "a file name, such as /var/log/microsip-manager.log, or - for none",
    "File for the log, beside the terminal: 5 files of 1 MB, the oldest goes. Empty: on Windows "
    r"%LOCALAPPDATA%\MicroSIP Manager\agent.log (server.log), elsewhere none. -: none anywhere. "
    "A relative path counts from the folder of api_config.py.",
)
HEARTBEAT_INTERVAL = Setting(
    "HEARTBEAT_INTERVAL",
    7.0,
    seconds,
    "a positive number of seconds, such as 7",
    "Seconds between two heartbeats of one agent. The server calls a client offline after three missed ones, "
    "so server and agents need the same value.",
)
API_TIMEOUT = Setting(
    "API_TIMEOUT",
    10.0,
    seconds,
    "a positive number of seconds, such as 10",
    "Seconds to wait for an answer of the other side, server or agent.",
)
SERVER_PORT = Setting(
    "SERVER_PORT", 8083, port, "a TCP port from 1 to 65535, such as 8083", "Port the server listens on."
)
DATABASE_URL = Setting(
    "DATABASE_URL",
    "sqlite:///data/microsip_manager.db",
    text,
    "a database URL, such as sqlite:///data/microsip_manager.db",
    "Where the server keeps its data. A relative SQLite path counts from the folder of api_config.py.",
)
OPEN_NETWORK = Setting(
    "OPEN_NETWORK",
    False,
    switch,
    "1 or 0",
    "1 lifts protected mode: the server then serves every address that can reach it, without any password. "
    "Only for a network in which everybody may control everybody's phone.",
)
CALLS_KEEP_DAYS = Setting(
    "CALLS_KEEP_DAYS",
    365,
    days,
    "a number of days from 1 to 36500, such as 365",
    "Days the server keeps a call; older ones are removed.",
)
DIRECTORY_KEY = Setting(
    "DIRECTORY_KEY",
    "",
    key_of_a_path,
    "16 to 100 letters, digits, - and _, such as `microsip-manager directory-key` makes them",
    "Key in the address of the live phonebook for MicroSIP: whoever knows it may read the phonebook, from every "
    "address. Empty: there is no phonebook.",
    secret=True,
)
WEBHOOK_NETWORKS = Setting(
    "WEBHOOK_NETWORKS",
    "",
    networks,
    "addresses or networks, such as 10.0.0.0/8 192.168.1.5",
    "Networks of your own that webhooks may call. All others that are not of the public internet are refused.",
)
JOIN_SERVERS = Setting(
    "JOIN_SERVERS",
    "",
    join_servers,
    "http:// or https:// addresses without a path, such as http://172.16.99.12:8083",
    "Addresses of the servers, in the order in which agents try them, as join tokens tell them. Empty: the address and "
    "the name of the machine on which the server runs.",
)
JOIN_TOKEN = Setting(
    "JOIN_TOKEN",
    "",
    join_token,
    "the whole text that `microsip-manager join-token create` shows",
    "By which an agent without a key is let in by its servers; it is needed once. Better than here it is kept in the "
    "environment, or typed after `--join`.",
    secret=True,
)
API_SERVERS = Setting(
    "API_SERVERS",
    ("http://127.0.0.1:8083",),
    server_urls,
    "http:// or https:// addresses without a path, such as http://172.16.99.12:8083",
    "Servers in order of preference. API_SERVER_1, API_SERVER_2, … in the environment replace the list.",
)
RETURN_AFTER = Setting(
    "RETURN_AFTER",
    60.0,
    seconds,
    "a positive number of seconds, such as 60",
    "Seconds for which a server must have been well before agents leave one further down the list for it. "
    "Each agent adds up to half as much by chance, so that they do not all come at once.",
)
AGENT_PORT = Setting("AGENT_PORT", 8084, port, "a TCP port from 1 to 65535, such as 8084", "Port the agent listens on.")
AGENT_LINK = Setting(
    "AGENT_LINK",
    LINK_ALWAYS,
    link_use,
    "always, awake or off",
    "When the agent keeps a link to its server, over which commands need no open port on the PC: always, so that a "
    "PC that is on is told from one that is off; awake, only while MicroSIP runs; off, plain heartbeats alone.",
)
AGENT_HOSTNAME = Setting(
    "AGENT_HOSTNAME",
    "",
    hostname,
    "a host name without '/' or control characters, at most 255 characters",
    "Name under which this PC appears; empty means the computer's own name.",
)
MICROSIP_CLASS = Setting(
    "MICROSIP_CLASS",
    "MicroSIP",
    text,
    "a window class name, such as MicroSIP",
    "Window class of MicroSIP's main window; branded builds have another one.",
)
SPOOL_DIR = Setting(
    "SPOOL_DIR",
    "",
    folder,
    "a folder with its whole path, such as C:\\ProgramData\\MicroSIP Manager or ~/microsip-manager",
    "Folder where the agent keeps calls until a server has them; empty means %LOCALAPPDATA%\\MicroSIP Manager on "
    "Windows and ~/.local/state/microsip-manager elsewhere.",
)

DECLARED: tuple[Setting, ...] = (
    LOG_LEVEL,
    LOG_FILE,
    HEARTBEAT_INTERVAL,
    API_TIMEOUT,
    SERVER_PORT,
    DATABASE_URL,
    OPEN_NETWORK,
    CALLS_KEEP_DAYS,
    DIRECTORY_KEY,
    WEBHOOK_NETWORKS,
    JOIN_SERVERS,
    API_SERVERS,
    RETURN_AFTER,
    AGENT_PORT,
    AGENT_LINK,
    AGENT_HOSTNAME,
    MICROSIP_CLASS,
    SPOOL_DIR,
    JOIN_TOKEN,
)
