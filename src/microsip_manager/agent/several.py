"""One answer for all the MicroSIPs that run in one session: copies in other folders, or under other names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PureWindowsPath

from msgspec import structs

from microsip_manager.agent.boundaries import CLOSED, DndResult, PhoneView
from microsip_manager.agent.calls_section import printable
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone_state import DETAIL_LIMIT, MOST_COPIES, CallState, PhoneState

BUSIEST_FIRST = (CallState.IN_CALL, CallState.RINGING, CallState.IDLE, CallState.UNKNOWN)

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
    return replace(first, dnd=shown, detail=detail, trouble=troubles[0] if troubles else None, phone=one_phone(running))


def one_phone(views: Sequence[tuple[str, PhoneView]]) -> PhoneState | None:
    """The state of the first, whose extension it is, with the call of the busiest; the detail tells of the others."""
    phones = [(path, view.phone) for path, view in views if view.phone]
    if not phones:
        return None
    first = phones[0][1]
    busiest = min((phone.call for _, phone in phones), key=lambda call: BUSIEST_FIRST.index(call.state))
    detail = "; ".join(
        f"{PureWindowsPath(path).name} {number}: {phone.registration.value}, {phone.call.state.value}"
        for number, (path, phone) in enumerate(phones[1:], start=2)
        if (phone.registration, phone.call.state) != (first.registration, first.call.state)
    )
    return structs.replace(
        first, call=busiest, copies=min(len(phones), MOST_COPIES), detail=printable(detail)[:DETAIL_LIMIT]
    )


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
