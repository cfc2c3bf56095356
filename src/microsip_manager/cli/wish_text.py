"""A wish for DND in a few words."""

from __future__ import annotations

from microsip_manager.cli.screen import local_time
from microsip_manager.wire.desired import Desired, WishState


def wish_text(desired: Desired | None) -> str:
    """`on until 2026-03-02 14:00:00, enforced: lunch`; nothing when there is no wish."""
    if desired is None:
        return ""
    said = f"{'on' if desired.enabled else 'off'}{_end(desired)}{', enforced' if desired.enforce else ''}"
    if desired.state is WishState.QUEUED and desired.queued_until is not None:
        said += f", queued until {local_time(desired.queued_until)}"
    elif desired.state is not WishState.HELD:
        said += f", {desired.state.value}"
    return f"{said}: {desired.reason}" if desired.reason else said


def _end(desired: Desired) -> str:
    if desired.until is not None:
        return f" until {local_time(desired.until)}"
    return f" for {desired.lasts} s" if desired.lasts is not None else ""
