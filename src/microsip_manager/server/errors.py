"""What can go wrong in the server, as facts. `error_responses` turns them into HTTP."""

from __future__ import annotations

from microsip_manager.wire.problems import Problem, ProblemCode, problem


class ManagerError(Exception):
    """Something an API caller can be told about. Each subclass has its stable code."""

    code: ProblemCode
    retry_after: int | None = None
    """Seconds after which it is worth another try."""

    def problem(self) -> Problem:
        """What the caller is told."""
        return problem(self.code, str(self))


class BadRequest(ManagerError):
    code = ProblemCode.BAD_MESSAGE


class BodyTooLarge(ManagerError):
    code = ProblemCode.TOO_LARGE

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than the {limit} bytes allowed here.")


class UnknownClient(ManagerError):
    code = ProblemCode.UNKNOWN_CLIENT

    def __init__(self, hostname: str, similar: list[str]) -> None:
        hint = f" Did you mean {' or '.join(repr(name) for name in similar)}?" if similar else ""
        super().__init__(f"No client {hostname!r} has been heard of.{hint}")


class TooManyClients(ManagerError):
    code = ProblemCode.TOO_MANY_CLIENTS

    def __init__(self, limit: int) -> None:
        super().__init__(f"This server knows {limit} clients and takes no new ones.")


class TooManyReaders(ManagerError):
    code = ProblemCode.TOO_MANY_READERS

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} readers follow the events already, and there is no place for more.")


class UnknownGroup(ManagerError):
    code = ProblemCode.UNKNOWN_GROUP

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no group {name!r}.")


class UnknownToken(ManagerError):
    code = ProblemCode.UNKNOWN_TOKEN

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no token {id}.")


class UnknownUser(ManagerError):
    code = ProblemCode.UNKNOWN_USER

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user {name!r}.")


class UserExists(ManagerError):
    code = ProblemCode.USER_EXISTS

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a user {name!r} already.")


class LastAdmin(ManagerError):
    code = ProblemCode.LAST_ADMIN

    def __init__(self) -> None:
        super().__init__("This is the last administrator who can sign in; make another one first.")


class SetUpAlready(ManagerError):
    code = ProblemCode.SET_UP_ALREADY

    def __init__(self) -> None:
        super().__init__("This server is set up already: it has a user or a token. Administrators make more of them.")


class WrongPassword(ManagerError):
    """The same for an unknown name, a disabled user and a wrong password: a stranger learns no names."""

    code = ProblemCode.WRONG_PASSWORD

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class SecondFactorNeeded(ManagerError):
    """The password was right, and the code is missing, wrong or was used before."""

    code = ProblemCode.SECOND_FACTOR


class NoCsrfToken(ManagerError):
    code = ProblemCode.CSRF

    def __init__(self) -> None:
        super().__init__("A browser's request needs the header X-CSRF-Token, with what GET /api/session says.")


class TooManyAttempts(ManagerError):
    code = ProblemCode.TOO_MANY_ATTEMPTS

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Signing in has failed too often; try again in {seconds} s.")
        self.retry_after = seconds


class TooBusy(ManagerError):
    code = ProblemCode.TOO_BUSY

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many people sign in at this moment; try again soon.")
        self.retry_after = seconds


class NotSignedIn(ManagerError):
    """No credentials were shown, or such as are not known, have expired or were revoked."""

    code = ProblemCode.NOT_SIGNED_IN


class ProtectedFromOthers(ManagerError):
    code = ProblemCode.PROTECTED_MODE


class ForeignOrigin(ManagerError):
    code = ProblemCode.FOREIGN_ORIGIN


class TooManyRequests(ManagerError):
    code = ProblemCode.TOO_MANY_REQUESTS

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many requests; the next one is taken in {wait} s.")
        self.retry_after = wait


class NeedsTls(ManagerError):
    """A request came in the clear that must not; `address` is where it may come, and a page is sent there."""

    code = ProblemCode.NEEDS_TLS

    def __init__(self, why: str, address: str = "", is_page: bool = False) -> None:
        super().__init__(why)
        self.address = address
        self.is_page = is_page


class NotAllowed(ManagerError):
    """The caller is known, and has no right to do this."""

    code = ProblemCode.NOT_ALLOWED


class NotYourClient(ManagerError):
    """An agent speaks for a client that is not its own."""

    code = ProblemCode.NOT_YOUR_CLIENT

    def __init__(self, own: str, hostname: str) -> None:
        super().__init__(f"This key is that of {own}, and speaks for no other client, such as {hostname!r}.")


class JoinTokenRefused(ManagerError):
    """What was shown lets nobody in. It is not said why: whoever guesses should not learn from it."""

    code = ProblemCode.JOIN_TOKEN_REFUSED

    def __init__(self) -> None:
        super().__init__("The join token is not known here, has expired, was revoked, or has no uses left.")


class UnknownAgent(ManagerError):
    code = ProblemCode.UNKNOWN_AGENT

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no agent {id}, or no longer.")


class TooManyWaiting(ManagerError):
    code = ProblemCode.TOO_MANY_WAITING


class UnknownSchedule(ManagerError):
    code = ProblemCode.UNKNOWN_SCHEDULE

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no schedule {name!r}.")


class TooFewAvailable(ManagerError):
    code = ProblemCode.TOO_FEW_AVAILABLE

    def __init__(self, would_stay: int, minimum: int, where: str) -> None:
        super().__init__(f"Only {would_stay} {where} would stay online, and {minimum} have to; nothing was sent.")


class NotReady(ManagerError):
    code = ProblemCode.NOT_READY


class CommandFailed(ManagerError):
    """A client did not do what it was asked for."""

    def __init__(self, code: ProblemCode, hostname: str, why: str, message: str | None = None) -> None:
        super().__init__(why)
        self.code = code
        self._hostname = hostname
        self._message = message

    def problem(self) -> Problem:
        return problem(self.code, str(self), self._hostname, self._message)


class UnknownWebhook(ManagerError):
    code = ProblemCode.UNKNOWN_WEBHOOK

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no webhook {id}.")


class UnknownDelivery(ManagerError):
    code = ProblemCode.UNKNOWN_DELIVERY

    def __init__(self, id: str) -> None:
        super().__init__(f"This webhook has no delivery {id}, or no longer.")


class TooManyWebhooks(ManagerError):
    code = ProblemCode.TOO_MANY_WEBHOOKS

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit} webhooks already, and no more are taken.")


class ReceiverFailed(Exception):
    """A receiver of a webhook gave no answer, or may not be called; the text says why, for people."""


class AgentRefused(Exception):
    """An agent answered that it cannot do what it was asked for; the text says why."""

    def __init__(self, code: ProblemCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class AgentSilent(Exception):
    """An agent gave no usable answer; the text says why, for people."""

    def __init__(self, why: str, *, in_time: bool = True) -> None:
        super().__init__(why)
        self.in_time = in_time
        """False when the agent was reached but the time ran out."""


class StoreFailed(Exception):
    """The database did not take or give what it was asked for; the text says why."""
