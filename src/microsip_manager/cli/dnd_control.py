"""`examples/admin_dnd_control.py`: the DND panel, and the same without a terminal."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType

import httpx2

from microsip_manager.cli.bulk import for_each, whom, with_progress
from microsip_manager.cli.dnd import Row, row
from microsip_manager.cli.errors import FleetError, NoServer
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.keyboard import TerminalKeyboard
from microsip_manager.cli.panel import DndPanel
from microsip_manager.cli.screen import (
    SIGN,
    STYLE,
    cell,
    complain,
    console,
    local_time,
    print_text,
    speak_any_language,
    table,
)
from microsip_manager.cli.session import ExitCode
from microsip_manager.cli.words import LANGUAGES, Words, language
from microsip_manager.settings import BadSetting, CliSettings, help_text, load

ABOUT = """DND control: who is there, and Do Not Disturb on and off, for one, some or all.

without arguments: a panel in the terminal, for the keyboard
  python examples/admin_dnd_control.py

one command and out:
  python examples/admin_dnd_control.py --list
  python examples/admin_dnd_control.py NIKITA on
  python examples/admin_dnd_control.py NIKITA OLGA off
  python examples/admin_dnd_control.py --all on --yes
  python examples/admin_dnd_control.py --language ru

exit codes: 0 all done, 1 some failed, 2 usage, 3 no server
"""


def main(site: ModuleType, argv: list[str] | None = None, transport: httpx2.BaseTransport | None = None) -> int:
    """Run the panel, or the one command named; returns the exit code."""
    speak_any_language()
    parser = _parser()
    given = parser.parse_args(argv)
    if given.words and (given.words[-1] not in ("on", "off") or len(given.words) < 2 or given.all):
        parser.error("expected PCs and then on or off, such as: NIKITA OLGA off")
    words = LANGUAGES[given.language or language()]
    try:
        settings = load(CliSettings, site)
        with FleetClient(settings.api_servers, settings.api_timeout, transport, settings.server_ca) as fleet:
            return _run(given, fleet, words)
    except BadSetting as error:
        complain(error)
        return ExitCode.USAGE
    except FleetError as error:
        complain(error)
        return ExitCode.NO_SERVER if isinstance(error, NoServer) else ExitCode.SOME_FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=ABOUT, epilog=help_text(CliSettings), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="HOST ... on|off", help="PCs by hostname, then on or off")
    parser.add_argument("--all", choices=("on", "off"), help="all that are not offline; asks before")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    parser.add_argument("--list", action="store_true", help="show everybody and end")
    parser.add_argument("--language", choices=sorted(LANGUAGES), help="instead of the terminal's")
    return parser


def _run(given: argparse.Namespace, fleet: FleetClient, words: Words) -> int:
    if given.list:
        return _show_list(fleet, words)
    if given.all:
        return _switch_all(fleet, given.all == "on", given.yes, words)
    if given.words:
        return _switch(fleet, list(dict.fromkeys(given.words[:-1])), given.words[-1] == "on", 0, words)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain(words.needs_terminal)
        return ExitCode.USAGE
    with TerminalKeyboard() as keys:
        DndPanel(fleet, keys, console(), words).run()
    return ExitCode.ALL_DONE


def _show_list(fleet: FleetClient, words: Words) -> int:
    rows = (
        (
            client.hostname,
            client.extension,
            cell(f"{SIGN[client.status]} {words.statuses[client.status.value]}", STYLE[client.status]),
            local_time(client.status_since),
        )
        for client in fleet.clients()
    )
    console().print(table((words.hostname, words.extension, words.status, words.since), rows))
    return ExitCode.ALL_DONE


def _switch_all(fleet: FleetClient, enabled: bool, yes: bool, words: Words) -> int:
    hostnames, left_out = whom((), True, fleet.clients)
    if not hostnames:
        print_text(words.nobody)
        return ExitCode.ALL_DONE
    if not yes:
        if not sys.stdin.isatty():
            complain(words.needs_yes)
            return ExitCode.USAGE
        question = (words.all_on if enabled else words.all_off).format(count=len(hostnames))
        if input(f"{question} [{words.yes_no}] ").strip().lower() not in ("y", "yes", "д", "да"):
            print_text(words.cancelled)
            return ExitCode.SOME_FAILED
    return _switch(fleet, hostnames, enabled, len(left_out), words)


def _switch(fleet: FleetClient, hostnames: list[str], enabled: bool, left_out: int, words: Words) -> int:
    results = for_each(hostnames, lambda hostname: fleet.set_dnd(hostname, enabled))
    bar = with_progress(console(), f"DND {'on' if enabled else 'off'}", len(hostnames), results)
    rows = sorted((row(result) for result in bar), key=lambda one: one.hostname)
    console().print(table((words.hostname, words.outcome, words.detail), (_cells(one) for one in rows)))
    done = sum(one.ok for one in rows)
    print_text(words.done.format(done=done, total=len(rows)))
    if left_out:
        print_text(words.left_out.format(count=left_out))
    return ExitCode.ALL_DONE if done == len(rows) else ExitCode.SOME_FAILED


def _cells(one: Row) -> tuple[object, ...]:
    return one.hostname, cell(one.outcome, "green" if one.ok else "red"), cell(one.detail, limit=500)
