"""The same command to many clients at once, with a result for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Generic, TypeVar

from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from microsip_manager.cli.errors import FleetError, NoServer
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.phone import PhoneStatus

AT_ONCE = 8
"""Commands under way at one moment: the PCs wait for nothing, but a server should not be flooded."""

Answer = TypeVar("Answer")


class Result(Struct, Generic[Answer], frozen=True):
    """What became of the command to one client: an answer, or the reason why there is none."""

    hostname: str
    answer: Answer | None
    error: str = ""


def for_each(
    hostnames: Sequence[str], act: Callable[[str], Answer], at_once: int = AT_ONCE
) -> Iterator[Result[Answer]]:
    """The results as they come. Raises `NoServer` when the servers are gone; what is not begun by then is left."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        under_way = {pool.submit(act, hostname): hostname for hostname in hostnames}
        try:
            for done in as_completed(under_way):
                yield _result(under_way[done], done)
        finally:
            for other in under_way:
                other.cancel()


def _result(hostname: str, done: Future[Answer]) -> Result[Answer]:
    try:
        return Result(hostname, done.result())
    except NoServer:
        raise
    except FleetError as error:
        return Result(hostname, None, str(error))


def with_progress(screen: Console, what: str, total: int, results: Iterable[Result[Answer]]) -> list[Result[Answer]]:
    """All results in the order in which they came, with a bar on the terminal meanwhile."""
    found: list[Result[Answer]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal or total < 2) as bar:
        task = bar.add_task(what, total=total)
        for result in results:
            found.append(result)
            bar.advance(task)
    return found


def whom(
    named: Sequence[str], everybody: bool, clients: Callable[[], list[ClientState]]
) -> tuple[list[str], list[str]]:
    """Those to command, and those left out: of all clients the ones that are offline have no phone to command."""
    if not everybody:
        return list(dict.fromkeys(named)), []
    known = clients()
    there = [client.hostname for client in known if client.status is not PhoneStatus.OFFLINE]
    return there, [client.hostname for client in known if client.status is PhoneStatus.OFFLINE]
