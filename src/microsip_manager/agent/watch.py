"""Asleep or awake, when the agent speaks of MicroSIP, and what it says. Pure: a look goes in, the next state comes out.

Asleep and awake follow MicroSIP: closed and running. Only the functions here make the next state.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from microsip_manager.agent.boundaries import CLOSED, PhoneView


class Mode(enum.Enum):
    ASLEEP = "asleep"
    """MicroSIP is closed: look out for it, send nothing."""
    AWAKE = "awake"
    """MicroSIP is running: send heartbeats."""


class Say(enum.Enum):
    """What goes to the server now."""

    NOTHING = "nothing"
    HEARTBEAT = "heartbeat"
    FAREWELL = "farewell"
    """The last notice: MicroSIP, or the agent, is no longer there."""


@dataclass(frozen=True)
class Watch:
    """What the agent knows from looking at MicroSIP and when it next speaks of it."""

    mode: Mode = Mode.ASLEEP
    view: PhoneView = CLOSED
    known_dnd: bool = False
    """The last DND state that could be read: what a heartbeat says while MicroSIP is hung."""
    due: float = 0.0
    """When the next regular heartbeat goes out, by the monotonic clock."""


def looked(before: Watch, view: PhoneView, now: float, interval: float) -> tuple[Watch, Say]:
    """The state after a look, and what goes out now.

    A heartbeat does when MicroSIP was opened, when what the heartbeat says has changed, and every interval; a
    farewell when MicroSIP was closed; nothing while it stays closed.
    """
    if not view.running:
        return _asleep(before, view)
    known_dnd = view.dnd if view.dnd is not None else before.known_dnd
    woke = before.mode is Mode.ASLEEP
    # The clock of a call does not make its state another one, so it is no news.
    told = known_dnd, view.extension, view.phone
    news = woke or told != (before.known_dnd, before.view.extension, before.view.phone)
    beat = news or now >= before.due
    after = Watch(Mode.AWAKE, view, known_dnd, now + interval if beat else before.due)
    return after, Say.HEARTBEAT if beat else Say.NOTHING


def unheard(before: Watch, again_at: float) -> Watch:
    """The state after a heartbeat that no server took; the next one goes out at that moment."""
    return replace(before, due=again_at) if before.mode is Mode.AWAKE else before


def stopped(before: Watch) -> tuple[Watch, Say]:
    """The state after the agent's own end, and whether a farewell goes out."""
    return _asleep(before, CLOSED)


def _asleep(before: Watch, view: PhoneView) -> tuple[Watch, Say]:
    return Watch(view=view), Say.FAREWELL if before.mode is Mode.AWAKE else Say.NOTHING
