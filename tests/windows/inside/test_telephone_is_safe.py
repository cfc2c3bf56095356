"""The stand-in and the model of MicroSIP's parser agree, and what passes for a command is carried out as just that.

Chance is seeded. Hypothesis, which Wine cannot load, searches the model in tests/agent/test_telephone_is_safe.py.
"""

from __future__ import annotations

import random

import pytest

from microsip_manager.agent.telephone import Version, words_for
from microsip_manager.agent.windows.softphone import WindowsSoftphone
from microsip_manager.clock import SystemClock
from microsip_manager.wire.telephone import TelephoneAction, TelephoneOutcome
from tests.fakes.microsip_commands import MEANT, PIECES, command_of, understood
from tests.windows.inside.conftest import StartStandIn
from tests.windows.inside.phones import INI
from tests.windows.inside.test_standin_is_faithful import send_copydata, wait_until

TEXTS_EACH, COMMANDS_EACH = 200, 60
VERSIONS: dict[str, Version] = {"3.20.5": (3, 20, 5), "3.21.6": (3, 21, 6), "3.22.3": (3, 22, 3)}

# Switching accounts writes the whole ini each time; it is tried in one text of the other test.
TRIED = [piece for piece in PIECES if piece != "/account:"]

each_version = pytest.mark.parametrize("version", VERSIONS)


def texts(chance: random.Random) -> str:
    return "".join(chance.choices(TRIED, k=chance.randint(1, 4)))


def numbers(chance: random.Random) -> str:
    digits = "".join(chance.choices("0123456789*#", k=chance.randint(1, 20)))
    return chance.choice(["", "+", ""]) + digits


@each_version
def test_the_stand_in_takes_any_text_for_what_the_model_says(start_standin: StartStandIn, version: str) -> None:
    standin = start_standin(version=version, ini=INI)
    main = standin.state().main
    chance = random.Random(485)  # noqa: S311 - chance, not secrets

    expected = ""
    for text in [texts(chance) for _ in range(TEXTS_EACH)] + ["/account:1 101", "", "  "]:
        send_copydata(main, text)
        expected = understood(text, VERSIONS[version]) or expected
        assert standin.state().understood == expected, f"{text!r} was sent"


@each_version
def test_what_passes_for_a_command_is_carried_out_as_just_that(start_standin: StartStandIn, version: str) -> None:
    standin = start_standin(version=version, ini=INI)
    softphone = WindowsSoftphone(SystemClock())
    chance = random.Random(486)  # noqa: S311 - chance, not secrets
    sent = refused = dialled = 0
    last = ""

    while sent < COMMANDS_EACH:
        action = chance.choice([*MEANT])
        text = chance.choice([numbers, texts])(chance)
        command = command_of(action, text)
        if command is None or words_for(command, VERSIONS[version]) is None:
            refused += 1
            continue
        before = standin.state().copydata_count
        if action is TelephoneAction.DIAL:
            send_copydata(standin.state().main, "/hangupall")
            before, dialled, last = before + 1, dialled + 1, text

        assert softphone.telephone(command).outcome is TelephoneOutcome.TAKEN

        meant = MEANT[action].format(text)
        wait_until(lambda meant=meant: standin.state().understood == meant)  # type: ignore[misc]
        after = standin.state()
        assert after.copydata_count == before + 1
        assert (after.dialled_count, after.last_dialled) == (dialled, last)
        assert after.last_message == ""
        sent += 1
    assert refused > 0
    assert dialled > 0
