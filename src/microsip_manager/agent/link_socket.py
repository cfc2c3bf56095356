"""The WebSocket of the link, as the agent opens it. This file alone knows the library."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from microsip_manager.agent.http_client import CONNECT_SECONDS, trouble_of
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.trust import Trust
from microsip_manager.wire.link import SERVER_TEXT_LIMIT, SUBPROTOCOL, CloseCode
from microsip_manager.wire.paths import LINK

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

REFUSALS = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))

CLOSE_SECONDS = 1.0
"""How long a farewell may take on a network that is gone."""


class NoServerThere(Exception):
    """Nothing answers at the address; the text says what happened."""


class NoLinkThere(Exception):
    """Something answers but opens no link: an older server, or a network that does not let WebSockets through.

    `refused` says whether a server of ours may want to see a key, or another one.
    """

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class LinkEnded(Exception):
    """The link was there and is no more. `code` is the one it was closed with, if it was closed in good order."""

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


class LinkSocket:
    """One open WebSocket. Any thread may send and close; one receives."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def send(self, text: str) -> None:
        """Raises `LinkEnded`."""
        from websockets.exceptions import ConnectionClosed

        try:
            self._connection.send(text)
        except ConnectionClosed as error:
            raise _ended(error) from None

    def receive(self, seconds: float) -> str | None:
        """The next text; None when there was none in this time. Raises `LinkEnded`."""
        from websockets.exceptions import ConnectionClosed

        try:
            text = self._connection.recv(seconds)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise _ended(error) from None
        if isinstance(text, bytes):
            raise LinkEnded("the server sent bytes where a text was expected")
        return text

    def close(self, code: CloseCode) -> None:
        """Say why, and end."""
        self._connection.close(code.value)

    def end(self) -> None:
        """End it at once, also for a thread that is sending into a network that takes nothing any more."""
        with suppress(OSError):  # it may have ended already
            # Below TLS, which forgets itself at this and would let a thread that is sending go on in the clear.
            socket.socket.shutdown(self._connection.socket, socket.SHUT_RDWR)
        self._connection.close()


def open_link(server: str, seconds: float, trust: Trust | None = None, authorization: str = "") -> LinkSocket:
    """Open a link to a server such as `http://172.16.99.12:8083`; raises `NoServerThere` and `NoLinkThere`.

    `trust` says whose certificate one with `https://` may have, and `authorization` what the server is shown, if
    anything.
    """
    # An agent whose link is switched off does without all this.
    from websockets.exceptions import InvalidHandshake, InvalidStatus
    from websockets.sync.client import connect

    parts, trust = urlsplit(server), trust or Trust()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        context = trust.context() if parts.scheme == "https" else None
    except BadCertificate as error:
        raise NoServerThere(f"cannot be checked: {error}") from None
    try:
        plain = socket.create_connection((parts.hostname or "", port), min(seconds, CONNECT_SECONDS))
    except (OSError, UnicodeError) as error:
        raise NoServerThere(f"did not answer ({type(error).__name__}: {error})") from None
    address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{LINK}"
    with ExitStack() as opening:
        try:
            connection = opening.enter_context(
                connect(
                    address,
                    sock=plain,
                    ssl=context,
                    subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
                    compression=None,
                    open_timeout=seconds,
                    close_timeout=CLOSE_SECONDS,
                    ping_interval=None,
                    max_size=SERVER_TEXT_LIMIT,
                    proxy=None,
                    user_agent_header=None,
                    additional_headers={"Authorization": authorization} if authorization else None,
                )
            )
        except (InvalidHandshake, OSError, EOFError) as error:
            # Something listens there. Whether it takes plain heartbeats is for them to find out.
            plain.close()
            if context is not None and _is_of_tls(error):
                raise NoServerThere(trouble_of(error, server, trust)) from None
            refused = isinstance(error, InvalidStatus) and error.response.status_code in REFUSALS
            raise NoLinkThere(str(error) or type(error).__name__, refused=refused) from None
        if connection.subprotocol != SUBPROTOCOL:
            raise NoLinkThere(f"it does not speak {SUBPROTOCOL}")
        # A network that takes nothing any more would hold a sender, and whoever wants to close the link, for minutes.
        connection.socket.settimeout(seconds)
        opening.pop_all()  # from here on `LinkSocket.end` closes it
    return LinkSocket(connection)


def _is_of_tls(error: Exception) -> bool:
    from ssl import SSLError

    return isinstance(error, SSLError)


def _ended(error: Exception) -> LinkEnded:
    received = getattr(error, "rcvd", None)
    return LinkEnded(str(error) or type(error).__name__, received.code if received is not None else None)
