"""What every command of the command line has at hand, and how it ends."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx2
import typer

from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.clock import Clock
from microsip_manager.settings import CliSettings


class ExitCode(enum.IntEnum):
    """What the shell is told."""

    ALL_DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    NO_SERVER = 3


@dataclass
class Session:
    """The settings, read when a command needs them, and the connection to the servers."""

    read_settings: Callable[[], CliSettings]
    clock: Clock
    transport: httpx2.BaseTransport | None = None
    config: Path | None = None
    """The api_config.py named on the command line."""

    @cached_property
    def settings(self) -> CliSettings:
        return self.read_settings()

    @cached_property
    def fleet(self) -> FleetClient:
        return FleetClient.of(self.settings, self.transport)

    def close(self) -> None:
        """End the connection, if a command made one."""
        if "fleet" in self.__dict__:
            self.fleet.close()


def session_of(context: typer.Context) -> Session:
    session = context.find_object(Session)
    assert session is not None, "main() gives every command its session"
    return session


def end(all_done: bool) -> None:
    """End the command with the exit code for programs."""
    raise typer.Exit(ExitCode.ALL_DONE if all_done else ExitCode.SOME_FAILED)


def ask_before(question: str, yes: bool) -> None:
    """Go on only when somebody agrees. Without a terminal nobody can, so then `--yes` is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("--all asks before it acts, and there is no terminal to ask at; add --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(ExitCode.SOME_FAILED)
