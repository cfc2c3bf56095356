"""What the ways to the agent's HTTP API tell it in the WSGI environment. Apart from Flask: a sleeper loads none."""

from __future__ import annotations

READ_AT = "microsip_manager.read_at"
"""When, on the monotonic clock, the request had been read; where it is missing, its time begins with its handling."""

SENDER_LEFT = "microsip_manager.sender_left"
"""A function that tells whether the sender has closed its connection already."""
