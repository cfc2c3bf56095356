"""When a heartbeat goes out and what it says. Pure: a look goes in, the next state comes out."""

from __future__ import annotations

from dataclasses import dataclass

from microsip_manager.agent.boundaries import CLOSED, PhoneView


@dataclass(frozen=True)
class Watch:
    """What the agent knows from looking at MicroSIP and when it next speaks of it."""

    view: PhoneView = CLOSED
    known_dnd: bool = False
    """The last DND state that could be read: what a heartbeat says while MicroSIP is hung."""
    due: float = 0.0
    """When the next regular heartbeat goes out, by the monotonic clock."""


def looked(before: Watch, view: PhoneView, now: float, interval: float) -> tuple[Watch, bool]:
    """The state after a look, and whether a heartbeat goes out now.

    It does when MicroSIP was opened, when what the heartbeat says has changed, and every interval; never while
    MicroSIP is closed.
    """
    if not view.running:
        return Watch(view=view), False
    known_dnd = view.dnd if view.dnd is not None else before.known_dnd
    news = not before.view.running or known_dnd != before.known_dnd or view.extension != before.view.extension
    beat = news or now >= before.due
    return Watch(view, known_dnd, now + interval if beat else before.due), beat
