"""`doctor`: what is wrong between this machine and the servers, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import typer
from msgspec import Struct

from microsip_manager import __version__
from microsip_manager.cli.errors import HOW_TO_SIGN_IN, FleetError
from microsip_manager.cli.plain_text import check_plaintext
from microsip_manager.cli.screen import cell, console, print_json, table
from microsip_manager.cli.server_list import ServerAnswer, ServerList, Silent
from microsip_manager.cli.session import ExitCode, Session, session_of
from microsip_manager.settings import BadSetting
from microsip_manager.tls.trust import Trust
from microsip_manager.wire import paths
from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.problems import ProblemCode

OPENAPI = "/openapi.json"
CLOCK_SECONDS = 30.0
"""Clocks may differ by this much; the times of calls come from the PCs and are read beside the server's."""

_object = Decoder(dict[str, Any])


class Finding(Struct, frozen=True):
    """One thing looked at. `advice` says what to do; it is empty when nothing is to be done."""

    what: str
    ok: bool
    said: str
    advice: str = ""


def add_to(app: typer.Typer) -> None:
    @app.command()
    def doctor(
        context: typer.Context, json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False
    ) -> None:
        """Look for what is wrong, and say what to do.

        Looked at are the settings, every server, the clocks and the agent of this PC.
        """
        session = session_of(context)
        findings = list(examine(session))
        if json:
            print_json(findings)
        else:
            rows = ((cell("ok" if f.ok else "!!", "green" if f.ok else "red"), f.what, f.said) for f in findings)
            console().print(table(("", "Looked at", "Found"), rows))
            for finding in findings:
                if finding.advice:
                    print(f"\n{finding.what}: {finding.advice}")
        raise typer.Exit(_exit_code(findings, session))


def examine(session: Session) -> Iterator[Finding]:
    """Everything that is looked at, one after the other."""
    try:
        settings = session.settings
    except BadSetting as error:
        yield Finding("settings", False, str(error), "Correct api_config.py or the environment.")
        return
    yield Finding("settings", True, f"servers {' '.join(settings.api_servers)}; timeout {settings.api_timeout:g} s")
    if settings.api_token:
        try:
            check_plaintext(settings, "API_TOKEN")
        except BadSetting as error:
            yield Finding("token", False, str(error), "Use https:// in API_SERVERS.")
            return
    trust = Trust(settings.server_ca)
    asked = ServerList(settings.api_servers, settings.api_timeout, session.transport, settings.api_token, trust)
    try:
        for server in settings.api_servers:
            yield from _examine_server(asked, server, session)
    finally:
        asked.close()
    yield _examine_agent(session, f"http://127.0.0.1:{settings.agent_port}")


def _examine_server(asked: ServerList, server: str, session: Session) -> Iterator[Finding]:
    try:
        answer = asked.ask_one(server, "GET", OPENAPI)
        told = answer.problem
        if told is not None:
            yield _refused(server, told.code, told.detail)
            return
        version = str(answer.decoded(_object).get("info", {}).get("version", "unknown"))
    except Silent as silence:
        yield Finding(
            server,
            False,
            str(silence),
            "See that the server runs there (python server/api_server.py), that the address in API_SERVERS is right, "
            "and that the firewall lets this machine through to the port.",
        )
        return
    except FleetError as error:
        yield Finding(server, False, str(error), "Something else than MicroSIP Manager answers there; see API_SERVERS.")
        return
    advice = "" if version == __version__ else f"This program is {__version__}: update the older of the two."
    yield Finding(server, True, f"answers, version {version}", advice)
    yield _examine_clock(server, answer, session.clock.now())


def _refused(server: str, code: str, detail: str) -> Finding:
    if code == ProblemCode.PROTECTED_MODE.value:
        return Finding(
            server,
            False,
            "answers, but is in protected mode: it serves its own machine only",
            "Run this command on the server itself, or start the server with OPEN_NETWORK=1 in a network where "
            "everybody may control every phone.",
        )
    if code == ProblemCode.NOT_SIGNED_IN.value:
        return Finding(
            server,
            False,
            f"answers, but wants to know who asks: {detail}",
            HOW_TO_SIGN_IN,
        )
    return Finding(server, False, f"refuses: {detail}", "Call the server by its address or by its own name.")


def _examine_clock(server: str, answer: ServerAnswer, now: datetime) -> Finding:
    what = f"clock of {server}"
    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
        apart = abs((there - now).total_seconds())
    except (ValueError, TypeError):
        return Finding(what, True, "the server does not tell its time")
    if apart <= CLOCK_SECONDS:
        return Finding(what, True, f"as here, to within {max(apart, 1):.0f} s")
    return Finding(
        what, False, f"{apart:.0f} s apart from this one", "Let both machines take their time from one time server."
    )


def _examine_agent(session: Session, agent: str) -> Finding:
    what = f"agent of this PC, {agent}"
    # The token is for servers: whoever listens here must not get it.
    asked = ServerList([agent], session.settings.api_timeout, session.transport)
    try:
        answer = asked.ask_one(agent, "GET", paths.AGENT_HEALTH)
        told = answer.problem
        if told is not None:
            return Finding(what, False, f"refuses: {told.detail}", "Something else may listen on the agent's port.")
        health = answer.decoded(_object)
    except Silent:
        return Finding(what, True, "none runs here")
    except FleetError as error:
        return Finding(what, False, str(error), "Something else listens on the agent's port; see AGENT_PORT.")
    finally:
        asked.close()
    return Finding(what, True, f"runs as {health.get('hostname')}, version {health.get('agent_version')}")


def _exit_code(findings: list[Finding], session: Session) -> ExitCode:
    if all(finding.ok for finding in findings):
        return ExitCode.ALL_DONE
    if not findings[0].ok:
        return ExitCode.USAGE
    reached = {finding.what for finding in findings if finding.ok}
    return ExitCode.SOME_FAILED if reached & set(session.settings.api_servers) else ExitCode.NO_SERVER
