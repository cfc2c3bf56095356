"""Every setting of the product, declared once: name, default, reader, what is expected, help."""

from __future__ import annotations

from microsip_manager.settings.readers import (
    LINK_ALWAYS,
    addresses,
    api_token,
    count,
    days,
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
    whole_path,
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
HISTORY_KEEP_DAYS = Setting(
    "HISTORY_KEEP_DAYS",
    400,
    days,
    "a number of days from 1 to 36500, such as 400",
    "Days the server keeps a change of a client's status; older ones are removed. Statistics need them.",
)
COMMANDS_KEEP_DAYS = Setting(
    "COMMANDS_KEEP_DAYS",
    90,
    days,
    "a number of days from 1 to 36500, such as 90",
    "Days the server keeps what a client was asked; older commands are removed.",
)
AUDIT_KEEP_DAYS = Setting(
    "AUDIT_KEEP_DAYS",
    400,
    days,
    "a number of days from 1 to 36500, such as 400",
    "Days the server keeps a row of the audit log; older ones are removed.",
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
AGENT_NETWORKS = Setting(
    "AGENT_NETWORKS",
    "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7",
    networks,
    "addresses or networks, such as 10.0.0.0/8 192.168.1.5",
    "Networks in which the server calls agents at their port. An agent elsewhere is reached by its link alone.",
)
TLS_CERTIFICATE = Setting(
    "TLS_CERTIFICATE",
    "",
    whole_path,
    "a file with its whole path, such as /etc/ssl/phones.pem",
    "The company's own certificate for the server, as PEM, with those that lead from it to a known authority. Empty: "
    "the one that `microsip-manager tls init` makes.",
)
TLS_KEY = Setting(
    "TLS_KEY",
    "",
    whole_path,
    "a file with its whole path, such as /etc/ssl/private/phones.key",
    "The key of TLS_CERTIFICATE, as PEM without a password. Empty: it is in the same file.",
)
ALLOW_PLAINTEXT = Setting(
    "ALLOW_PLAINTEXT",
    False,
    switch,
    "1 or 0",
    "1 serves other machines without TLS too once there are accounts: everybody on the way can then read passwords "
    "and tokens. For a proxy in front of the server that does TLS, and for trying things. The command line sends "
    "API_TOKEN and passwords to other machines without TLS only with 1.",
)
CONNECTIONS_PER_ADDRESS = Setting(
    "CONNECTIONS_PER_ADDRESS",
    1000,
    count,
    "a number from 10 to 1000000, such as 1000",
    "How many connections one address may hold. An agent needs two or three; agents behind one router come from one "
    "address.",
)
SERVER_CA = Setting(
    "SERVER_CA",
    "",
    whole_path,
    "a file with its whole path, such as C:\\ProgramData\\MicroSIP Manager\\server-ca.pem",
    "Certificate of the authority that servers with https:// must have theirs from, as PEM. Empty: the one the agent "
    "was enrolled with, else those that the system trusts.",
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
API_TOKEN = Setting(
    "API_TOKEN",
    "",
    api_token,
    "a token such as `microsip-manager token create` makes them",
    "What the command line and the scripts show to the servers. Empty: nothing, which does for a server without "
    "accounts.",
    secret=True,
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
LOCAL_API_ADDRESSES = Setting(
    "LOCAL_API_ADDRESSES",
    "",
    addresses,
    "addresses of this PC, such as 127.0.0.1 192.168.1.5",
    "Addresses of the PC at which the agent opens its port once its server can call it; empty means all. Before that, "
    "the PC itself alone can reach it.",
)
LOCAL_API_OPEN = Setting(
    "LOCAL_API_OPEN",
    False,
    switch,
    "1 or 0",
    "1 lets every address that can reach the agent's port command the phone, without a signature. Only for a network "
    "in which everybody may control everybody's phone.",
)
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
    whole_path,
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
    HISTORY_KEEP_DAYS,
    COMMANDS_KEEP_DAYS,
    AUDIT_KEEP_DAYS,
    DIRECTORY_KEY,
    WEBHOOK_NETWORKS,
    AGENT_NETWORKS,
    JOIN_SERVERS,
    API_SERVERS,
    API_TOKEN,
    TLS_CERTIFICATE,
    TLS_KEY,
    ALLOW_PLAINTEXT,
    CONNECTIONS_PER_ADDRESS,
    SERVER_CA,
    RETURN_AFTER,
    AGENT_PORT,
    LOCAL_API_ADDRESSES,
    LOCAL_API_OPEN,
    AGENT_LINK,
    AGENT_HOSTNAME,
    MICROSIP_CLASS,
    SPOOL_DIR,
    JOIN_TOKEN,
)
