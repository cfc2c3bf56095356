"""Each command ends its help with an example, which it understands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from microsip_manager.cli.examples import EXAMPLES, PROGRAM
from microsip_manager.cli.main import create_app, main

WHOLE: Any = typer.main.get_command(create_app())


def commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


ALL = dict(commands(WHOLE))


def test_there_is_none_for_what_is_no_command() -> None:
    assert EXAMPLES.keys() == ALL.keys()


@pytest.mark.parametrize("path", ALL)
def test_it_stands_in_the_help_and_can_be_typed(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path.split(), "--help"]) == 0
    example = f"{PROGRAM} {EXAMPLES[path]}"
    assert capsys.readouterr().out.endswith(f"\n\n  Example:\n    {example}\n")

    words = shlex.split(example.partition(" > ")[0])
    assert words[: 1 + len(path.split())] == [PROGRAM, *path.split()]
    ALL[path].make_context(path, words[1 + len(path.split()) :])  # raises what a wrong line would be told


def test_a_wrong_one_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        ALL["status"].make_context("status", ["--host", "NIKITA"])
