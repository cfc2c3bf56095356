"""One answer for all the MicroSIPs that run in one session: copies in other folders, or under other names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from microsip_manager.agent.boundaries import CLOSED, DndResult, PhoneView
from microsip_manager.wire.commands import DndOutcome

WORST_FIRST = (
    DndOutcome.HUNG,
    DndOutcome.TIMEOUT,
    DndOutcome.DENIED,
    DndOutcome.UNSUPPORTED,
    DndOutcome.APPLIED,
    DndOutcome.ALREADY,
    # One that was closed meanwhile does not matter while another one runs.
    DndOutcome.NOT_RUNNING,
)


def one_view(views: Sequence[tuple[str, PhoneView]]) -> PhoneView:
    """What the phones, each with its program's path, show together: DND only if all of them are in DND.

    The extension is that of the first one.
    """
    running = [(path, view) for path, view in views if view.running]
    if not running:
        return CLOSED
    first = running[0][1]
    if len(running) == 1:
        return first
    shown = _all_on([view.dnd for _, view in running])
    troubles = [view.trouble for _, view in running if view.trouble and view.dnd == shown]
    detail = "; ".join(f"{path}: {view.detail}" for path, view in running if view.detail)
    return replace(first, dnd=shown, detail=detail, trouble=troubles[0] if troubles else None)


def one_result(results: Sequence[tuple[str, DndResult]]) -> DndResult:
    """What became of a command that went to all phones: the worst outcome, and in the detail what became of each."""
    if not results:
        return DndResult(DndOutcome.NOT_RUNNING, None, CLOSED.detail)
    if len(results) == 1:
        return results[0][1]
    worst = min((result.outcome for _, result in results), key=WORST_FIRST.index)
    shown = _all_on([result.dnd for _, result in results if result.outcome is not DndOutcome.NOT_RUNNING])
    detail = "; ".join(
        f"{path}: {result.outcome.value}{f' ({result.detail})' if result.detail else ''}" for path, result in results
    )
    return DndResult(worst, shown, detail)


def _all_on(buttons: Sequence[bool | None]) -> bool | None:
    """True when all are on, False when one is off, None when that is not known."""
    if False in buttons:
        return False
    return None if None in buttons or not buttons else True
