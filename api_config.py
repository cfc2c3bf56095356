"""Configuration of the server and of the agents. Edit it; environment variables of the same names win over it.

All settings with their meaning: docs/CONFIGURATION.md, or `python server/api_server.py --help` and
`python client/api_client_stable.py --help`.
"""

# Servers in the order in which an agent tries them (or API_SERVER_1, API_SERVER_2, … in the environment).
API_SERVERS = [
    "http://127.0.0.1:8083",
    # "http://172.16.99.12:8083",  # the main server
    # "http://172.16.99.31:8083",  # the first spare one
]

HEARTBEAT_INTERVAL = 7  # seconds
API_TIMEOUT = 10  # seconds
LOG_LEVEL = "INFO"

# What the command line and the scripts show to a server with accounts is API_TOKEN: keep it in the environment, for
# this file is copied to the PCs.
