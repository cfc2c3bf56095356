"""Passwords come from the keyboard without being shown, or from the standard input; never from the command line."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from microsip_manager.cli.screen import complain
from microsip_manager.wire.people import PASSWORD_LEAST, PASSWORD_LIMIT

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the new password from a line of the standard input.")
]

TRIES = 3


def new_password(whose: str, from_stdin: bool) -> str:
    """A new password, typed twice; a line of the standard input where that is wanted."""
    if from_stdin:
        return _long_enough(_line())
    _needs_terminal("--password-stdin")
    for _ in range(TRIES):
        password = getpass.getpass(f"New password of {whose}, at least {PASSWORD_LEAST} characters (not shown): ")
        if len(password) < PASSWORD_LEAST:
            complain(f"It needs at least {PASSWORD_LEAST} characters; several words make a good one.")
        elif getpass.getpass("Once more: ") != password:
            complain("These are two different ones.")
        else:
            return password
    raise typer.BadParameter("no password was given")


def shown_password(whose: str) -> str:
    """The password that somebody has; the next line of the standard input where there is no terminal."""
    if not sys.stdin.isatty():
        return _line()
    return getpass.getpass(f"Password of {whose} (not shown): ")


def shown_code(whose: str) -> str:
    """The code of the second factor."""
    if not sys.stdin.isatty():
        return _line()
    return input(f"Code of {whose}'s authenticator: ")


def _line() -> str:
    return sys.stdin.readline(PASSWORD_LIMIT + 10).rstrip("\r\n")


def _long_enough(password: str) -> str:
    if len(password) < PASSWORD_LEAST:
        raise typer.BadParameter(f"the password on the standard input has less than {PASSWORD_LEAST} characters")
    return password


def _needs_terminal(instead: str) -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"there is no terminal to ask at for the password; add {instead}")
