"""`scripts/migrate_to_api.py`: take over the settings and the call history of the older TCP/UDP system."""

from __future__ import annotations

import argparse
import difflib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx2

from microsip_manager.cli.errors import FleetError, NoServer, NotOffered
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.migration.errors import Unreadable
from microsip_manager.cli.migration.old_calls import USUAL_COLUMNS, HowToRead, read_calls
from microsip_manager.cli.migration.old_settings import OldSettings, read_settings, read_text
from microsip_manager.cli.migration.site_file import changed, replace_with_backup, values_in
from microsip_manager.cli.screen import complain, print_text, speak_any_language
from microsip_manager.cli.session import ExitCode
from microsip_manager.cli.site import CHECKOUT, cli_settings
from microsip_manager.cli.text import one_line
from microsip_manager.settings import API_SERVERS, BadSetting
from microsip_manager.wire.calls import Call, CallDirection
from microsip_manager.wire.names import hostname_key

BATCH = 100
"""Calls in one message to the server."""

ABOUT = """Take over the settings and the call history of the older TCP/UDP system.

Settings (INI, JSON or .env) become values of api_config.py, which keeps its comments; a copy of it is made first.
Calls (CSV or SQLite) are sent to the server. Running it twice changes nothing more. What cannot be read is refused
by name and line before anything is changed.

example:
  python scripts/migrate_to_api.py --settings old/client.ini --calls old/calls.csv --dry-run
  python scripts/migrate_to_api.py --settings old/client.ini
  python scripts/migrate_to_api.py --calls old/calls.db --table history --column number=tel --direction in=incoming

exit codes: 0 all done, 1 some calls were not stored, 2 usage or unreadable, 3 no server
"""


@dataclass(frozen=True)
class Plan:
    """What is to be done, read and checked before anything is changed."""

    site: Path
    before: str
    after: str
    old: OldSettings | None
    calls_file: Path | None
    how: HowToRead
    calls: int


def main(argv: list[str] | None = None, transport: httpx2.BaseTransport | None = None) -> int:
    """Migrate, or show what would be; returns the exit code."""
    speak_any_language()
    parser = _parser()
    given = parser.parse_args(argv)
    if given.settings is None and given.calls is None:
        parser.error("name --settings, --calls or both")
    try:
        plan = _planned(given)
        _show(plan)
        if given.dry_run:
            print_text("Nothing was changed: this was a dry run.")
            return ExitCode.ALL_DONE
        _write_settings(plan)
        return _send_calls(plan, transport) if plan.calls else ExitCode.ALL_DONE
    except (Unreadable, BadSetting) as error:
        complain(error)
        return ExitCode.USAGE
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}")
        return ExitCode.USAGE


def _planned(given: argparse.Namespace) -> Plan:
    old = read_settings(given.settings, given.encoding) if given.settings else None
    site: Path = given.config
    before = read_text(site)
    after = before
    if old:
        # Windows editors leave CRLF, which stays.
        ending = "\r\n" if "\r\n" in before else "\n"
        after = changed(site, before.replace("\r\n", "\n"), _new_values(old, given.server_port)).replace("\n", ending)
    how = HowToRead(
        columns=dict(given.column),
        directions=dict(given.direction),
        hostname=given.hostname or (old.hostname if old else ""),
        extension=given.extension or (old.extension if old else ""),
        timezone=given.timezone,
        table=given.table,
        encoding=given.encoding,
    )
    calls = sum(1 for _ in read_calls(given.calls, how)) if given.calls else 0
    return Plan(site, before, after, old, given.calls, how, calls)


def _new_values(old: OldSettings, port: int) -> dict[str, Any]:
    servers = [f"http://{host}:{port}" for host in old.hosts]
    values: dict[str, Any] = {"API_SERVERS": list(API_SERVERS.read(servers))}
    # The file may go to many PCs, so it names one only where that one is not called by its own name.
    if old.hostname and hostname_key(old.hostname) != hostname_key(socket.gethostname()):
        values["AGENT_HOSTNAME"] = old.hostname
    return values


def _show(plan: Plan) -> None:
    if plan.old:
        lines = (plan.before.splitlines(), plan.after.splitlines())
        for line in difflib.unified_diff(*lines, str(plan.site), f"{plan.site} (new)", lineterm="", n=1):
            print_text(one_line(line, 500))
        if plan.before == plan.after:
            print_text(f"{plan.site} has these values already.")
        if "AGENT_HOSTNAME" in values_in(plan.site, plan.after) and plan.old.hostname:
            print_text("AGENT_HOSTNAME is for this PC alone: do not copy this file to others.")
        if plan.old.extension:
            print_text(f"The extension {one_line(plan.old.extension)} is not written: MicroSIP's own is read.")
        if plan.old.left:
            print_text(f"Not taken over: {one_line(', '.join(plan.old.left), 1000)}")
    if plan.calls_file:
        print_text(f"{plan.calls} calls in {plan.calls_file}, such as:")
        for call in islice(read_calls(plan.calls_file, plan.how), 3):
            who = f"{call.hostname} {call.direction.value} {call.number}"
            print_text(one_line(f"  {call.started_at:%Y-%m-%d %H:%M:%S} UTC  {who}  {call.duration} s"))


def _write_settings(plan: Plan) -> None:
    if plan.after != plan.before:
        backup = replace_with_backup(plan.site, plan.after)
        print_text(f"{plan.site} is changed; {backup.name} is what it was.")


def _send_calls(plan: Plan, transport: httpx2.BaseTransport | None) -> int:
    assert plan.calls_file is not None
    settings = cli_settings(plan.site)
    stored = 0
    try:
        with FleetClient(settings.api_servers, settings.api_timeout, transport, settings.server_ca) as fleet:
            for batch in _batches(read_calls(plan.calls_file, plan.how)):
                committed = fleet.send_calls(batch)
                stored += sum(call.id in committed for call in batch)
    except NotOffered as error:
        complain(f"the calls are not stored: {error}. Run this again then.")
        return ExitCode.SOME_FAILED
    except FleetError as error:
        complain(f"{stored} of {plan.calls} calls are stored, then: {error}. Run this again; nothing is stored twice.")
        return ExitCode.NO_SERVER if isinstance(error, NoServer) else ExitCode.SOME_FAILED
    print_text(f"{stored} of {plan.calls} calls are stored.")
    return ExitCode.ALL_DONE if stored == plan.calls else ExitCode.SOME_FAILED


def _batches(calls: Iterator[Call]) -> Iterator[list[Call]]:
    while batch := list(islice(calls, BATCH)):
        yield batch


def _column(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not equals or ours not in USUAL_COLUMNS or not theirs:
        raise argparse.ArgumentTypeError(f"expected FIELD=COLUMN, with a field of: {', '.join(USUAL_COLUMNS)}")
    return ours, theirs


def _direction(text: str) -> tuple[str, CallDirection]:
    word, _, ours = text.rpartition("=")
    try:
        return word.lower(), CallDirection(ours)
    except ValueError:
        known = ", ".join(direction.value for direction in CallDirection)
        raise argparse.ArgumentTypeError(f"expected WORD=DIRECTION, with a direction of: {known}") from None


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone; expected one such as Europe/Moscow") from None


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("expected a TCP port from 1 to 65535")
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, metavar="FILE", help="older settings: .ini, .json or .env")
    parser.add_argument("--calls", type=Path, metavar="FILE", help="older call history: .csv, .db or .sqlite")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", default=CHECKOUT / "api_config.py", help="the api_config.py to change"
    )
    parser.add_argument("--server-port", type=_port, default=8083, help="port of the new servers; 8083 if not given")
    parser.add_argument("--column", type=_column, action="append", default=[], metavar="FIELD=COLUMN")
    parser.add_argument("--direction", type=_direction, action="append", default=[], metavar="WORD=DIRECTION")
    parser.add_argument("--table", default="", help="table of the SQLite file; not needed when there is but one")
    parser.add_argument("--hostname", default="", help="for calls without a hostname")
    parser.add_argument("--extension", default="", help="for calls without an extension")
    parser.add_argument("--timezone", type=_timezone, help="of the older times; that of this computer if not given")
    parser.add_argument("--encoding", default="", help="of the older files; UTF-8 or UTF-16 if not given")
    return parser
