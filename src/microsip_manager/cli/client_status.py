"""`examples/get_client_status.py`: one client, asked once or again and again."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from types import ModuleType

import httpx2

from microsip_manager.cli.errors import FleetError, NoServer
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.cli.phone_words import phone_words
from microsip_manager.cli.screen import SIGN, complain, local_time, print_text, speak_any_language
from microsip_manager.cli.session import ExitCode
from microsip_manager.cli.text import one_line
from microsip_manager.settings import BadSetting, CliSettings, help_text, load
from microsip_manager.wire.clients import ClientStatus, Source

ABOUT = """Ask one client for its status, once or again and again.

example:
  python examples/get_client_status.py NIKITA
  python examples/get_client_status.py NIKITA monitor 10     (every 10 seconds, until Ctrl-C)

exit codes: 0 done, 1 unknown client or refused, 2 usage, 3 no server
"""


def main(
    site: ModuleType,
    argv: list[str] | None = None,
    transport: httpx2.BaseTransport | None = None,
    wait: Callable[[float], bool] | None = None,
) -> int:
    """Print one status, or one every few seconds until `wait` says true; returns the exit code."""
    speak_any_language()
    given = _parser().parse_args(argv)
    try:
        settings = load(CliSettings, site)
        with FleetClient(settings.api_servers, settings.api_timeout, transport, settings.server_ca) as fleet:
            if given.monitor is None:
                print_text(status_lines(fleet.status(given.hostname)))
            else:
                _monitor(fleet, given.hostname, given.seconds, wait or threading.Event().wait)
    except BadSetting as error:
        complain(error)
        return ExitCode.USAGE
    except FleetError as error:
        complain(error)
        return ExitCode.NO_SERVER if isinstance(error, NoServer) else ExitCode.SOME_FAILED
    except KeyboardInterrupt:
        pass  # the usual end of a monitor
    return ExitCode.ALL_DONE


def _monitor(fleet: FleetClient, hostname: str, seconds: float, wait: Callable[[float], bool]) -> None:
    """A line at each look. Servers that are away are told of and asked again; an unknown client ends it."""
    while True:
        try:
            print_text(status_line(fleet.status(hostname)))
        except NoServer as error:
            complain(error)
        if wait(seconds):
            return


def status_line(status: ClientStatus) -> str:
    """A status in one line of a log."""
    source = "live" if status.source is Source.LIVE else f"last known, {status.age:.0f} s old"
    said = f"{local_time(status.last_seen)} {SIGN[status.status]} {one_line(status.hostname)}: {status.status.value}"
    return f"{said} ({source}){f'; {one_line(status.detail, 500)}' if status.detail else ''}"


def status_lines(status: ClientStatus) -> str:
    """A status in full."""
    dnd = {True: "on", False: "off", None: "not known"}[status.dnd]
    facts = {
        "client": one_line(status.hostname),
        "extension": one_line(status.extension),
        "status": f"{SIGN[status.status]} {status.status.value}",
        "DND": dnd,
        "phone": one_line(phone_words(status.phone)),
        "no ring": one_line(status.no_ring_reason, 500),
        "source": status.source.value + (f", {status.age:.0f} s old" if status.source is Source.LAST_KNOWN else ""),
        "last seen": local_time(status.last_seen),
        "detail": one_line(status.detail, 500),
    }
    return "\n".join(f"{name + ':':<11}{fact}" for name, fact in facts.items() if fact)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and 86400 seconds")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=ABOUT, epilog=help_text(CliSettings), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("hostname", help="the PC, by hostname")
    parser.add_argument("monitor", nargs="?", choices=["monitor"], help="ask again and again")
    parser.add_argument(
        "seconds", nargs="?", type=_seconds, default=10.0, help="between two questions; 10 if not given"
    )
    return parser
