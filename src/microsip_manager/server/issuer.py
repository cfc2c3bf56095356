"""On whose behalf the server acts at this moment, in words."""

from __future__ import annotations

from microsip_manager.server.identity.caller import ADDRESS, CALLER, OPEN


def issuer() -> str:
    """A person, a program, an address where there are no accounts, or the server itself."""
    caller = CALLER.get()
    return ADDRESS.get() if caller is OPEN else caller.issuer
