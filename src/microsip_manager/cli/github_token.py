"""`scripts/setup_token.py`: keep a GitHub token for updates, checked and out of sight."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import re
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx2

from microsip_manager.cli.screen import complain, print_text, speak_any_language
from microsip_manager.cli.text import one_line
from microsip_manager.cli.token_places import PlaceFailed, TokenPlace, places
from microsip_manager.wire.codec import BadMessage, Decoder

GITHUB_API = "https://api.github.com"
SECONDS = 15.0
ANSWER_LIMIT = 1024 * 1024

FAILED, USAGE = 1, 2

_TOKEN = re.compile(r"[\x21-\x7e]{20,512}")
"""Printable ASCII without blanks; GitHub's own have 40 to 255 characters."""

ABOUT = """Keep a GitHub token for updates, in the system's credential store or else in a file only you can read.

The token is asked for without showing it, or read from the standard input. It is never an argument, never printed,
and sent to the API below only, to see that it works.

example:
  python scripts/setup_token.py
  python scripts/setup_token.py --api https://github.example.com/api/v3 < token.txt
  python scripts/setup_token.py --remove

exit codes: 0 done, 1 not stored or not removed, 2 usage
"""

Person = dict[str, object]
_person = Decoder(Person)


class TokenRefused(Exception):
    """The token was not accepted; the text says why, and never has the token in it."""


def main(argv: list[str] | None = None, kept_in: Callable[[], Sequence[TokenPlace]] = places) -> int:
    """Store or remove the token; returns the exit code."""
    speak_any_language()
    given = _parser().parse_args(argv)
    try:
        if given.remove:
            return _remove(kept_in())
        token = _asked_for()
        login = checked(token, given.api)
        place = store(token, kept_in())
    except (TokenRefused, PlaceFailed) as error:
        complain(error)
        return FAILED
    except (KeyboardInterrupt, EOFError):
        complain("nothing was stored")
        return FAILED
    print_text(f"The token of {login} works and is kept in {place.name}.")
    return 0


def checked(token: str, api: str) -> str:
    """Whose token it is, by the API; raises `TokenRefused`. It goes to this address only: no redirect is followed."""
    if not _TOKEN.fullmatch(token):
        raise TokenRefused("this is no token: expected 20 to 512 printable characters without blanks")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    try:
        # On its way to GitHub, unlike to our servers, a company's proxy is in its place.
        with (
            httpx2.Client(timeout=SECONDS, follow_redirects=False) as http,
            http.stream("GET", f"{api}/user", headers=headers) as answer,
        ):
            body = _bounded(answer)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise TokenRefused(f"{api} cannot be asked ({type(error).__name__}); nothing was stored") from None
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        raise TokenRefused(f"{api} does not know this token; nothing was stored")
    if answer.status_code != httpx2.codes.OK:
        raise TokenRefused(f"{api} answered {answer.status_code}; nothing was stored")
    try:
        return one_line(_person(body)["login"], 100)
    except (BadMessage, KeyError):
        raise TokenRefused(f"{api} does not answer as GitHub's API does; nothing was stored") from None


def store(token: str, kept_in: Sequence[TokenPlace]) -> TokenPlace:
    """Keep it in the first place that takes it, and in no other; raises `PlaceFailed` when none does."""
    failures = []
    for place in kept_in:
        try:
            place.write(token)
        except PlaceFailed as error:
            failures.append(str(error))
            continue
        for other in kept_in:
            if other is not place:
                _forget_old(other)
        return place
    raise PlaceFailed("; ".join(failures))


def stored_token(kept_in: Sequence[TokenPlace]) -> str | None:
    """The token, from the first place that has one."""
    for place in kept_in:
        if token := place.read():
            return token
    return None


def _forget_old(place: TokenPlace) -> None:
    try:
        place.remove()
    except PlaceFailed as error:
        # The new token is kept; the old one elsewhere is only worth a word.
        complain(f"an older token may be left: {error}")


def _remove(kept_in: Sequence[TokenPlace]) -> int:
    removed = [place for place in kept_in if place.remove()]
    for place in removed:
        print_text(f"The token is removed from {place.name}.")
    if not removed:
        print_text("There is no token.")
    return 0


def _asked_for() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("GitHub token (it is not shown): ").strip()
    return sys.stdin.readline(2000).strip()


def _bounded(answer: httpx2.Response) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > ANSWER_LIMIT:
            raise TokenRefused("the answer is too long to be GitHub's; nothing was stored")
    return body


def _api(text: str) -> str:
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    wrong = parts.query or parts.fragment or parts.username is not None or not parts.hostname
    if wrong or not (parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))):
        raise argparse.ArgumentTypeError("expected an https:// address: a token must not travel unencrypted")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", type=_api, default=GITHUB_API, help=f"where to check it; {GITHUB_API} if not given")
    parser.add_argument("--remove", action="store_true", help="forget the token")
    return parser
