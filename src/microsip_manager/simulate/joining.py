"""Simulated PCs come in by a join token."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from microsip_manager.agent.http_client import HttpClient, NoAnswer
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX, Enrol, decode_enrolled

JOIN_TOKEN = "JOIN_TOKEN"  # noqa: S105 - the name of a variable
"""Where the processes of a simulation find the token: other users of the machine see arguments."""

PATIENCE = 10.0


class NotLetIn(Exception):
    """The server does not let a simulated PC in; the text says why."""


def let_in(pc: SimulatedPc, server: str, join_token: str, http: HttpClient) -> None:
    """Have it known to the server, and called what the server calls it; raises `NotLetIn`."""
    key = _key_of(pc, join_token)
    wish = Enrol(key=key, hostname=pc.identity.hostname, join_token=join_token)
    try:
        answer = http.ask("POST", server, paths.ENROL, encode(wish), PATIENCE)
    except NoAnswer as error:
        raise NotLetIn(f"{server} {error}") from None
    if answer.status != 200:
        raise NotLetIn(f"{server} does not let {pc.identity.hostname} in: the join token may be used up")
    pc.identity = replace(pc.identity, hostname=decode_enrolled(answer.body).name)
    pc.authorization = f"Bearer {key}"


def _key_of(pc: SimulatedPc, join_token: str) -> str:
    """The same in each simulation with this token, so that its PCs are themselves again and take no more uses."""
    made = hashlib.sha256(f"{join_token}\n{pc.identity.hostname}".encode()).digest()
    return AGENT_KEY_PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")
