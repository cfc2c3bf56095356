"""`microsip-manager`: the command line for administrators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import httpx2
import typer

from microsip_manager import __version__
from microsip_manager.cli import (
    agents,
    ask,
    audit,
    calls,
    directory_key,
    dnd,
    doctor,
    groups,
    history,
    init,
    join_tokens,
    phone,
    privacy,
    schedules,
    simulate,
    stats,
    status,
    tls,
    tokens,
    users,
    watch,
    webhooks,
)
from microsip_manager.cli.errors import FleetError, NoServer
from microsip_manager.cli.examples import PROGRAM, show_examples
from microsip_manager.cli.screen import complain, speak_any_language
from microsip_manager.cli.session import ExitCode, Session
from microsip_manager.cli.site import cli_settings
from microsip_manager.clock import SystemClock
from microsip_manager.settings import BadSetting, CliSettings, help_text

CTRL_C = 130

COMMANDS = (
    status,
    watch,
    dnd,
    phone,
    groups,
    schedules,
    calls,
    stats,
    ask,
    join_tokens,
    agents,
    directory_key,
    doctor,
    simulate,
)
"""In the order of `--help`."""

ABOUT = f"""See and control the MicroSIP of many PCs.

Exit codes: 0 all done, 1 some failed, 2 usage, 3 no server.

\b
{help_text(CliSettings)}
"""


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


def create_app(transport: httpx2.BaseTransport | None = None) -> typer.Typer:
    """The command line; `transport` takes the place of the network in tests."""
    app = typer.Typer(
        # Markup would be looked for in names as well, and the traceback of a defect must not show local variables.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
    )

    @app.callback(help=ABOUT)
    def begin(
        context: typer.Context,
        config: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The api_config.py to use.", envvar="API_CONFIG")
        ] = None,
        server: Annotated[
            list[str] | None,
            typer.Option(metavar="URL", help="A server; may be repeated. Takes the place of API_SERVERS."),
        ] = None,
        timeout: Annotated[
            float | None, typer.Option(metavar="SECONDS", help="Takes the place of API_TIMEOUT.")
        ] = None,
        version: Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
        ] = False,
    ) -> None:
        session = Session(lambda: cli_settings(config, server or (), timeout), SystemClock(), transport, config)
        context.obj = session
        context.call_on_close(session.close)

    for module in (
        status,
        watch,
        history,
        dnd,
        phone,
        groups,
        schedules,
        calls,
        stats,
        ask,
        webhooks,
        init,
        users,
        tokens,
        directory_key,
        audit,
        privacy,
        tls,
        join_tokens,
        agents,
        doctor,
        simulate,
    ):
        module.add_to(app)
    show_examples(app)
    return app


def main(argv: list[str] | None = None, transport: httpx2.BaseTransport | None = None) -> int:
    """Run one command; returns the exit code."""
    speak_any_language()
    try:
        create_app(transport)(args=argv, prog_name=PROGRAM)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.ALL_DONE
    except BadSetting as error:
        complain(error)
        return ExitCode.USAGE
    except NoServer as error:
        complain(error)
        return ExitCode.NO_SERVER
    except FleetError as error:
        complain(error)
        return ExitCode.SOME_FAILED
    except KeyboardInterrupt:
        return CTRL_C
    return ExitCode.ALL_DONE
