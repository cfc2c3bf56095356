"""Several MicroSIPs in one session give one answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from microsip_manager.agent.boundaries import CLOSED, DndResult, PhoneView, Trouble
from microsip_manager.agent.several import WORST_FIRST, one_result, one_view
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, PhoneState, Registration

ON = PhoneView(True, True, "485")
OFF = PhoneView(True, False, "101")
HUNG = PhoneView(True, None, "102", "it does not answer", Trouble.HUNG)


def test_none_running_is_closed() -> None:
    assert one_view([]) == CLOSED
    assert one_view([("a", CLOSED)]) == CLOSED
    assert one_result([]).outcome is DndOutcome.NOT_RUNNING


def test_one_alone_speaks_for_itself() -> None:
    assert one_view([("a", HUNG)]) == HUNG
    assert one_view([("a", CLOSED), ("b", ON)]) == ON


@pytest.mark.parametrize(
    ("views", "dnd"),
    [((ON, ON), True), ((ON, OFF), False), ((OFF, ON), False), ((ON, HUNG), None), ((OFF, HUNG), False)],
)
def test_together_they_are_in_dnd_only_if_all_are(views: tuple[PhoneView, ...], dnd: bool | None) -> None:
    assert one_view([(str(number), view) for number, view in enumerate(views)]).dnd is dnd


def test_the_extension_is_that_of_the_first_and_the_detail_names_the_paths() -> None:
    together = one_view([("a", ON), ("b", HUNG)])

    assert together.extension == "485"
    assert together.detail == "b: it does not answer"
    assert together.trouble is Trouble.HUNG


def test_a_command_has_the_worst_outcome_and_tells_of_each() -> None:
    together = one_result(
        [("a", DndResult(DndOutcome.APPLIED, True)), ("b", DndResult(DndOutcome.HUNG, None, "no answer"))]
    )

    assert together.outcome is DndOutcome.HUNG
    assert together.dnd is None
    assert together.detail == "a: applied; b: hung (no answer)"


def test_one_that_was_closed_meanwhile_does_not_spoil_the_answer() -> None:
    together = one_result([("a", DndResult(DndOutcome.NOT_RUNNING, None)), ("b", DndResult(DndOutcome.APPLIED, True))])

    assert together.outcome is DndOutcome.APPLIED
    assert together.dnd is True


def test_every_outcome_of_an_agent_has_its_rank() -> None:
    assert set(WORST_FIRST) == set(DndOutcome) - {DndOutcome.UNREACHABLE, DndOutcome.QUEUED}


REGISTERED = PhoneState(registration=Registration.REGISTERED, call=NO_CALL, microsip_version="3.22.3")
TALKING = PhoneState(registration=Registration.REGISTERED, call=CallNow(CallState.IN_CALL, number="486"))
REFUSED = PhoneState(registration=Registration.WRONG_PASSWORD, call=NO_CALL)


def phones(*states: PhoneState | None) -> PhoneState | None:
    return one_view(
        [(f"C:\\{number}\\microsip.exe", replace(ON, phone=one)) for number, one in enumerate(states)]
    ).phone


def test_one_phone_alone_is_one_copy() -> None:
    assert phones(REGISTERED) == REGISTERED


def test_several_that_are_alike_are_only_counted() -> None:
    together = phones(REGISTERED, REGISTERED, REGISTERED)

    assert together == structs.replace(REGISTERED, copies=3)


def test_several_have_the_registration_of_the_first_and_the_call_of_the_busiest() -> None:
    together = phones(REGISTERED, REFUSED, TALKING)

    assert together == structs.replace(
        REGISTERED,
        call=TALKING.call,
        copies=3,
        detail="microsip.exe 2: wrong_password, idle; microsip.exe 3: registered, in_call",
    )


def test_many_that_differ_still_fit_the_heartbeat() -> None:
    together = phones(REGISTERED, *[REFUSED] * 150)

    assert together is not None
    assert (together.copies, len(together.detail)) == (99, 80)


def test_copies_of_which_nothing_is_known_have_no_phone() -> None:
    assert phones(None, None) is None
