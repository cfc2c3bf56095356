"""How many connections one process may hold."""

from __future__ import annotations

import sys


def allow_many_connections() -> None:
    """Take as many open files as the system grants: each agent holds a connection, and the usual limit is 1024."""
    if sys.platform == "win32":
        return  # Windows has no such limit
    import resource

    granted = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, granted))


OTHER_FILES = 200
"""Of the database, the log, and connections that we open ourselves."""

MOST = 100_000
"""Where the system has no limit, memory has one."""


def connections_granted() -> int:
    """How many connections may come in."""
    if sys.platform == "win32":
        return MOST
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if limit == resource.RLIM_INFINITY else max(100, min(MOST, limit - OTHER_FILES))
