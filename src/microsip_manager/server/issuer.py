"""On whose behalf the server acts at this moment, in words."""

from __future__ import annotations

from contextvars import ContextVar

ISSUER: ContextVar[str] = ContextVar("issuer", default="server")
"""A person, a program, an address where there are no accounts, or the part of the server that acts by itself.

Tasks inherit it from who starts them.
"""
