"""Whether the agent runs where windows can be seen."""

from __future__ import annotations

import os
from typing import Any

import win32service
import win32ts

from microsip_manager.agent.errors import UnusableSystem

UOI_FLAGS = 1
WSF_VISIBLE = 1
"""Flag of the one window station of a session that has a screen."""


def check_desktop() -> None:
    """Raise `UnusableSystem` unless this process sees the windows of a signed-in user."""
    if _session() == 0 or not _has_screen():
        raise UnusableSystem(
            "the agent runs as a service or in a remote shell, where MicroSIP's window cannot be seen; "
            "start it in the session of the signed-in user, for example from the Startup folder"
        )


def _session() -> int:
    """Session 0 is that of the services."""
    session: int = win32ts.ProcessIdToSessionId(os.getpid())  # type: ignore[no-untyped-call] # its stub is bare
    return session


def _has_screen() -> bool:
    station: Any = win32service.GetProcessWindowStation()
    # Its stub says that it returns nothing; it is a dictionary.
    about: Any = win32service.GetUserObjectInformation(station, UOI_FLAGS)  # type: ignore[func-returns-value]
    return bool(about["Flags"] & WSF_VISIBLE)
