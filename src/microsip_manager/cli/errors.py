"""What can go wrong between an administrator's program and the servers. Every text is one printable line."""

from __future__ import annotations

from collections.abc import Sequence

from microsip_manager.cli.text import one_line
from microsip_manager.wire.problems import Problem

DETAIL_LIMIT = 1000

HOW_TO_SIGN_IN = (
    "Set API_TOKEN, in the environment or in api_config.py, to a token that an administrator makes with "
    "`microsip-manager token create`."
)


class FleetError(Exception):
    """A request to the servers came to nothing; the text says why."""


class NoServer(FleetError):
    """No server of the list does its work for us: none answers, or those that do serve somebody else only."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(f"no server: {one_line('; '.join(reasons), DETAIL_LIMIT)}")
        self.reasons = tuple(reasons)


class AnswerLost(FleetError):
    """The connection broke after a command was sent that must not be sent twice. It may have been carried out."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(one_line(f"{server} {why}; the command may have been carried out", DETAIL_LIMIT))


class AnswerCutOff(FleetError):
    """A long answer broke off in the middle; what came of it is not whole."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(one_line(f"{server} broke off in the middle of its answer: {why}", DETAIL_LIMIT))


class CannotWrite(FleetError):
    """A file on this PC takes no more."""

    def __init__(self, file: str, error: OSError) -> None:
        super().__init__(one_line(f"{file} cannot be written: {error.strerror or error}", DETAIL_LIMIT))


class BadAnswer(FleetError):
    """A server answered something else than this version expects."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(one_line(f"{server} gave an answer that cannot be used: {why}", DETAIL_LIMIT))


class Refused(FleetError):
    """The server answered with a problem; `code` is its stable name."""

    advice = ""

    def __init__(self, told: Problem) -> None:
        super().__init__(one_line(f"{told.detail or told.title} {self.advice}".rstrip(), DETAIL_LIMIT))
        self.code = one_line(told.code, 50)
        self.problem = told


class NotSignedIn(Refused):
    """The server wants to know who asks, or does not know the token that it was shown."""

    advice = HOW_TO_SIGN_IN


class NotAllowed(Refused):
    """The server knows who asks, and that this is not theirs to do."""

    advice = "An administrator can make a token with another role or other groups."


class UnknownClient(Refused):
    """The server has not heard of this client."""


class BadHostname(FleetError):
    """No client can have this name; nothing was sent."""

    def __init__(self, hostname: str, why: str) -> None:
        super().__init__(one_line(f"{hostname[:100]!r} is no host name: {why.removesuffix(' - at `$.hostname`')}"))


class NotOffered(FleetError):
    """The server has no such request: it is older than this program."""

    def __init__(self, server: str, what: str) -> None:
        super().__init__(f"{server} does not offer {what}; a newer server may")
