"""What the client of a new agent is called. Pure.

The first to come has the name of the PC. Whoever comes later with the same one gets another name, whatever it says of
itself: so nobody with a join token takes the place of a PC that is enrolled.
"""

from __future__ import annotations

from collections.abc import Iterator

from microsip_manager.wire.names import HOSTNAME_LIMIT

MOST_NAMESAKES = 1000
MARK = "~"


def names(hostname: str, session_user: str) -> Iterator[str]:
    """The names to try, one after the other: `NIKITA`, `NIKITA~anna` for a second session, `NIKITA~2`, `NIKITA~3`."""
    yield hostname
    user = _fit(session_user)
    if user:
        yield _with(hostname, user)
    for number in range(2, MOST_NAMESAKES):
        yield _with(hostname, str(number))


def clone_name(name: str) -> str:
    """What the second of two live machines with one key is called."""
    return _with(name, "clone")


def _with(hostname: str, end: str) -> str:
    return f"{hostname[: HOSTNAME_LIMIT - len(end) - len(MARK)]}{MARK}{end}"


def _fit(user: str) -> str:
    """The user's name as a part of a client's: without the domain, and without what a path cannot hold."""
    own = user.rpartition("\\")[2].partition("@")[0]
    return "".join("-" if one == "/" else one for one in own if one.isprintable()).strip(" .")[:64].strip()
