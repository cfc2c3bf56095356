"""What both READMEs say of the command line and the scripts is so."""

from __future__ import annotations

import shlex

import pytest
import typer.main

from microsip_manager.cli import client_status, dnd_control
from microsip_manager.cli.main import create_app
from microsip_manager.cli.session import ExitCode
from tests.docs.markdown import ROOT, Page
from tests.docs.test_readme import ENGLISH, for_both, part

TITLE = "For administrators"
COMMANDS = typer.main.get_group(create_app()).commands


@for_both
def test_its_tables_have_every_command_exit_code_and_script(page: Page) -> None:
    scripts = [
        path.relative_to(ROOT).as_posix() for name in ("examples", "scripts") for path in (ROOT / name).glob("*.py")
    ]
    named = [row[0] for row in part(page, TITLE).rows]

    assert named == [*COMMANDS, *(str(code.value) for code in ExitCode), *named[-len(scripts) :]]
    assert sorted(named[-len(scripts) :]) == sorted(scripts)


@pytest.mark.parametrize(
    "line",
    [
        line
        for block in ENGLISH.blocks
        for line in block.lines
        if line.startswith(("python examples/", "python run.py cli"))
    ],
)
def test_its_commands_are_understood(line: str) -> None:
    words = shlex.split(line)[2:]
    if "run.py" in line:
        group = typer.main.get_group(create_app())
        group.make_context("microsip-manager", words[1:], resilient_parsing=False)
        assert words[1] in COMMANDS
    else:
        parser = dnd_control._parser() if "dnd" in line else client_status._parser()
        parser.parse_args(words)
