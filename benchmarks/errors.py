"""Why there is nothing to show."""

from __future__ import annotations


class CannotMeasure(Exception):
    """Something on this machine prevents the measurement; the text says what."""
