"""The agent's HTTP API on port 8084: its health, the state of MicroSIP, the switch for DND, and what others add."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from microsip_manager import __version__
from microsip_manager.agent.boundaries import Softphone
from microsip_manager.agent.http_answers import Refused, answer, check_addressee, problem_answer, register_errors
from microsip_manager.agent.http_messages import add_messages
from microsip_manager.agent.http_settings import add_settings
from microsip_manager.agent.http_telephone import add_telephone
from microsip_manager.agent.http_turns import Turns
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.signed_requests import BadSignature, SignedRequests
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.commands import COMMAND_LIMIT, SetDnd, decode_set_dnd
from microsip_manager.wire.host_header import names_this_machine, own_names
from microsip_manager.wire.problems import ProblemCode, dnd_problem
from microsip_manager.wire.signature import SIGNATURE

log = logging.getLogger(__name__)

OWN_NAMES = own_names(socket.gethostname())

ENABLED = {"true": True, "1": True, "false": False, "0": False}


def create_agent_app(
    phone: Softphone,
    board: MessageBoard,
    identity: Identity,
    *,
    may_call: Callable[[str], bool],
    signed: SignedRequests | None = None,
    known_dnd: Callable[[], bool] = lambda: False,
    applied: Callable[[], None] = lambda: None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Flask:
    """The agent as a WSGI application.

    `may_call` judges the address of a caller who does not sign, `signed` the signatures of the others. `known_dnd` is
    the last DND state that could be read, and `applied` is called after a command was carried out. `monotonic` is the
    clock of `READ_AT`.
    """
    turns = Turns(monotonic)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = COMMAND_LIMIT

    @app.before_request
    def check_caller() -> None:
        _check_caller(may_call, signed)

    app.after_request(_sign_answer)

    @app.get(paths.AGENT_HEALTH)
    def health() -> Response:
        return answer(
            {
                "status": "ok",
                "hostname": identity.hostname,
                "agent_version": __version__,
                "simulated": identity.simulated,
            }
        )

    @app.get(paths.AGENT_STATUS)
    def status() -> Response:
        return answer(identity.status(phone.look(), known_dnd()))

    @app.post(paths.AGENT_SET_DND)
    def set_dnd() -> Response:
        command = _set_dnd_command()
        check_addressee(command.hostname, identity.hostname)
        with turns.turn():
            told = identity.answer(phone.set_dnd(command.enabled))
        log.info("%s: set DND %s: %s", identity.hostname, _on_off(command.enabled), told.outcome.value)
        applied()
        return answer(told) if told.outcome.is_success else problem_answer(dnd_problem(told))

    add_settings(app, phone, identity, turns)
    add_messages(app, board, identity, turns)
    add_telephone(app, phone, identity, applied, turns)
    register_errors(app, identity.hostname)
    return app


def _check_caller(may_call: Callable[[str], bool], signed: SignedRequests | None) -> None:
    # A page in the browser of this PC reaches the agent by the loopback address; it must not switch the phone.
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise Refused(ProblemCode.FOREIGN_ORIGIN, "The agent does not serve web pages in a browser.")
    if not names_this_machine(request.host, OWN_NAMES):
        raise Refused(ProblemCode.FOREIGN_ORIGIN, "The agent answers only to the names and addresses of this PC.")
    # Who signs wants a signed answer, also where it could do without: so a wrong signature is refused everywhere.
    if signed is not None and SIGNATURE in request.headers:
        _check_signature(signed)
    elif not may_call(request.remote_addr or ""):
        raise Refused(
            ProblemCode.NOT_ALLOWED,
            "The agent serves its own PC, at 127.0.0.1, and what its server has signed; "
            f"{request.remote_addr} is not this PC.",
        )


def _check_signature(signed: SignedRequests) -> None:
    # As it travelled: what Flask makes of a path is one text for several of them.
    target = request.environ["REQUEST_URI"]
    try:
        g.accepted = signed.accept(request.method, target, request.get_data(), request.headers[SIGNATURE])
    except BadSignature as error:
        signed.tell(f"{request.remote_addr}: {error}")
        raise Refused(ProblemCode.BAD_SIGNATURE, str(error)) from None


def _sign_answer(response: Response) -> Response:
    """A refusal of a signature is not signed: whoever repeats a request could else show it in place of the answer."""
    if (accepted := g.get("accepted")) is not None:
        response.headers[SIGNATURE] = accepted.answer_header(response.status_code, response.get_data())
    return response


def _set_dnd_command() -> SetDnd:
    """The command in the query (`?enabled=true`) or in the body (JSON)."""
    asked = request.args.getlist("enabled")
    body = request.get_data()
    if not asked:
        try:
            return decode_set_dnd(body)
        except BadMessage as error:
            where = "" if body else '; send `?enabled=true` or a JSON body such as {"enabled": true}'
            raise Refused(ProblemCode.BAD_MESSAGE, f"{error}{where}") from None
    if body or len(asked) > 1:
        raise Refused(ProblemCode.BAD_MESSAGE, "Expected `enabled` once, in the query or in the body")
    enabled = ENABLED.get(asked[0].lower())
    if enabled is None:
        raise Refused(ProblemCode.BAD_MESSAGE, "Expected `true`, `false`, `1` or `0` - at `?enabled`")
    return SetDnd(enabled)


def _on_off(enabled: bool) -> str:
    return "on" if enabled else "off"
