"""Every error has its place in the tables."""

from __future__ import annotations

from microsip_manager.server import errors
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.problems import CODE_OF_OUTCOME, STATUS_OF, ProblemCode


def test_every_error_of_the_server_has_a_code_with_a_status() -> None:
    # A command that failed has the code of what became of it.
    kinds = errors.ManagerError.__subclasses__()

    assert kinds
    assert all(kind.code in STATUS_OF for kind in kinds if kind is not errors.CommandFailed)


def test_every_code_has_a_status_and_no_two_the_same_name() -> None:
    assert set(STATUS_OF) == set(ProblemCode)
    assert all(status >= 400 for status in STATUS_OF.values())


def test_every_outcome_is_accepted_or_has_a_code() -> None:
    assert set(CODE_OF_OUTCOME) == {outcome for outcome in DndOutcome if not outcome.is_accepted}
