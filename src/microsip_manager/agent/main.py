"""The agent's command line: reads the settings, builds the agent around a MicroSIP, and runs it until it is stopped."""

from __future__ import annotations

import argparse
import getpass
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from types import ModuleType

from microsip_manager import __version__
from microsip_manager.agent.boundaries import MessageScreen, Softphone
from microsip_manager.agent.errors import UnusableSystem
from microsip_manager.agent.key_file import Seal
from microsip_manager.agent.running import RunningAgent, agent_folder, joined
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_calls import SimulatedCalls, simulated_ini
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.clock import SystemClock
from microsip_manager.logs import UnusableLogFile, start_logging
from microsip_manager.settings import AgentSettings, BadSetting, help_text, load, log_file_of
from microsip_manager.wire.join_token import LONGEST, BadJoinToken, read_join_token
from microsip_manager.wire.names import check_hostname

log = logging.getLogger(__name__)

EXTENSION = "100"
"""Of a simulated MicroSIP."""

JOIN_PROBLEM = 1
"""Exit code when the servers do not let the agent in; the log says why."""

START_PROBLEM = 2
"""Exit code when the agent cannot start."""

ABOUT = """The agent: runs beside MicroSIP on a PC, sends heartbeats to a server, and switches Do Not Disturb.

example:
  python client/api_client_stable.py
  python client/api_client_stable.py --simulate     (no MicroSIP needed; any system)
  curl -X POST "http://127.0.0.1:8084/api/set_dnd?enabled=true"
"""


def main(site: ModuleType, argv: list[str] | None = None) -> int:
    """Run the agent with the settings of `site`, that is `api_config.py`; returns the exit code."""
    arguments = _parser().parse_args(argv)
    # Before the first heartbeat goes out, for whoever sees it may end the agent at once.
    with _ended_by_signals() as end, _ended_by_windows(end):
        try:
            settings = _named(load(AgentSettings, site))
            start_logging(settings.log_level, log_file_of(settings.log_file, site, "agent"))
            if arguments.join:
                return _join(settings)
            while not end.is_set():
                _live(settings, arguments.simulate, end)
        except (BadSetting, UnusableSystem, UnusableLogFile) as error:
            print(error, file=sys.stderr)
            return START_PROBLEM
    return 0


def _live(settings: AgentSettings, simulate: bool, end: threading.Event) -> None:
    """Run an agent to its end, or until it has to begin anew: the servers have let it in, perhaps by another name."""
    phone, screen = _simulated(settings) if simulate else _microsip(settings.microsip_class)
    with RunningAgent(settings, phone, screen=screen, simulated=simulate, seal=_seal()) as agent:
        kind = ", with a simulated MicroSIP" if simulate else ""
        log.info("%s: agent %s listens on port %s%s", agent.name, __version__, agent.port, kind)
        if settings.local_api_open:
            log.warning(
                "LOCAL_API_OPEN=1: every address that reaches port %s may command this phone, unsigned", agent.port
            )
        # On Windows a wait without a limit does not notice Ctrl-C.
        while not end.wait(0.5) and not agent.enrolling.changed.is_set():
            pass
        log.info("%s: the agent %s", agent.name, "stops" if end.is_set() else "begins anew with its key")


def _join(settings: AgentSettings) -> int:
    """Come in by a join token that somebody types or pipes in; nothing of it is shown."""
    text = getpass.getpass("Join token: ") if sys.stdin.isatty() else sys.stdin.readline(LONGEST)
    try:
        read_join_token(text)
    except BadJoinToken as error:
        print(error, file=sys.stderr)
        return START_PROBLEM
    name = joined(replace(settings, join_token=text), _seal())
    if name is None:
        return JOIN_PROBLEM
    print(f"This PC is let in as {name}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=ABOUT,
        epilog=help_text(AgentSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--simulate", action="store_true", help="use a simulated MicroSIP, and say so everywhere")
    parser.add_argument("--join", action="store_true", help="read a join token, come in by it, and end")
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _named(settings: AgentSettings) -> AgentSettings:
    """The settings with the computer's own name where none was set; raises `BadSetting`."""
    if settings.agent_hostname:
        return settings
    name = socket.gethostname().strip()
    try:
        check_hostname(name)
    except ValueError:
        raise BadSetting(f"the computer's name {name!r} cannot be used; set AGENT_HOSTNAME") from None
    return replace(settings, agent_hostname=name)


def _simulated(settings: AgentSettings) -> tuple[Softphone, MessageScreen]:
    """A MicroSIP with a few calls in a real ini, to which more may be added by hand."""
    ini = simulated_ini(agent_folder(settings), settings.agent_hostname)
    try:
        calls = SimulatedCalls(ini, EXTENSION)
        if calls.is_new:
            calls.add_samples()
    except OSError as error:
        raise UnusableSystem(f"{ini} cannot be written: {error.strerror}; SPOOL_DIR sets another folder") from None
    log.info("%s: the simulated MicroSIP keeps its calls in %s", settings.agent_hostname, ini)
    return SimulatedPhone(EXTENSION, calls=calls), SimulatedScreen()


def _seal() -> Seal | None:
    if sys.platform == "win32":
        # Only Windows has what this imports.
        from microsip_manager.agent.windows.dpapi import Dpapi

        return Dpapi()
    return None


def _microsip(window_class: str) -> tuple[Softphone, MessageScreen]:
    if sys.platform == "win32":
        # Only Windows has what this imports.
        from microsip_manager.agent.windows.message_screen import WindowsScreen
        from microsip_manager.agent.windows.softphone import microsip_of_this_session

        return microsip_of_this_session(SystemClock(), window_class), WindowsScreen()
    raise UnusableSystem("MicroSIP runs on Windows only; --simulate starts the agent with a simulated one")


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """What Ctrl-C or SIGTERM sets, and on Windows Ctrl-Break too."""
    end = threading.Event()
    ends = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        ends.append(signal.SIGBREAK)
    before = {name: signal.signal(name, lambda *_: end.set()) for name in ends}
    try:
        yield end
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _ended_by_windows(end: threading.Event) -> AbstractContextManager[None]:
    """Lets the agent say farewell when its console is closed, its user signs out or the PC shuts down."""
    if sys.platform == "win32":
        # Only Windows has what this imports.
        from microsip_manager.agent.windows.end_of_session import ended_by_windows

        return ended_by_windows(end.set)
    return nullcontext()
