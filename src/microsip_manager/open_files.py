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
