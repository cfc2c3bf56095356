"""`setup_token`: the token is checked, kept where only its owner reads it, and shown nowhere.

GitHub is on 127.0.0.1 here.
"""

from __future__ import annotations

import io
import json
import os
import pty
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import PasswordDeleteError

from microsip_manager.cli import github_token
from microsip_manager.cli.github_token import main, stored_token
from microsip_manager.cli.token_places import CredentialStore, PrivateFile, TokenPlace, places
from tests.fleet.processes import ROOT, wait_for

GOOD = "ghp_" + "Ab1" * 12
BAD = "ghp_" + "Zz9" * 12


class GitHub(BaseHTTPRequestHandler):
    seen: list[tuple[str, str]] = []  # noqa: RUF012 - one per test run, and cleared by the fixture

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen.append((self.path, token))
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/api/user")
            self.end_headers()
            return
        known = token == GOOD
        body = json.dumps({"login": "octo\x1b[31mcat"} if known else {"message": "Bad credentials"}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def github() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    GitHub.seen.clear()


class MemoryKeyring(KeyringBackend):
    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring's own is not typed
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"locked, so no {password}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "github-token"


def give(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))


@pytest.fixture(params=["store", "file"])
def place(request: pytest.FixtureRequest, file: Path) -> TokenPlace:
    return CredentialStore(MemoryKeyring()) if request.param == "store" else PrivateFile(file)


def test_every_place_keeps_replaces_and_forgets(place: TokenPlace) -> None:
    assert place.read() is None
    assert place.remove() is False

    place.write(BAD)
    place.write(GOOD)
    assert place.read() == GOOD

    assert place.remove() is True
    assert place.read() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the folder of the user instead")
def test_the_file_is_for_its_owner_only(file: Path) -> None:
    before = os.umask(0)
    try:
        PrivateFile(file).write(GOOD)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["github-token"]


def test_a_good_token_is_stored_and_shown_nowhere(
    github: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(GOOD, monkeypatch)
    store = MemoryKeyring()
    PrivateFile(file).write(BAD)  # from a time without a credential store
    kept_in: list[TokenPlace] = [CredentialStore(store), PrivateFile(file)]

    assert main(["--api", f"{github}/api"], lambda: kept_in) == 0

    said = capsys.readouterr()
    assert said.out.startswith("The token of octo\ufffd[31mcat works")
    assert GOOD not in said.out + said.err
    assert list(store.kept.values()) == [GOOD]
    assert not file.exists()
    assert stored_token(kept_in) == GOOD
    assert GitHub.seen == [("/api/user", GOOD)]


def test_a_locked_store_leaves_it_to_the_file_and_does_not_tell(
    github: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(GOOD, monkeypatch)

    assert main(["--api", f"{github}/api"], lambda: [CredentialStore(LockedKeyring()), PrivateFile(file)]) == 0

    assert file.read_text() == f"{GOOD}\n"
    assert GOOD not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("token", "path", "said"),
    [
        (BAD, "/api", "does not know this token"),
        ("short", "/api", "this is no token"),
        (f"{GOOD} and more", "/api", "this is no token"),
        ("", "/api", "this is no token"),
        (GOOD, "/moved", "answered 302"),
    ],
)
def test_what_is_not_accepted_is_not_stored(
    github: str,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str,
    path: str,
    said: str,
) -> None:
    give(token, monkeypatch)

    assert main(["--api", f"{github}{path}"], lambda: [PrivateFile(file)]) == 1

    err = capsys.readouterr().err
    assert said in err
    assert not token or token not in err
    assert not file.exists()
    assert all(seen != "/api/user" for seen, _ in GitHub.seen) or path == "/api"


def test_nobody_there_is_told(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    give(GOOD, monkeypatch)

    assert main(["--api", "http://127.0.0.1:9"], lambda: [PrivateFile(file)]) == 1
    assert "cannot be asked" in capsys.readouterr().err


@pytest.mark.parametrize("api", ["http://api.github.com", "ftp://127.0.0.1", "https://", "https://me:secret@host"])
def test_a_token_never_travels_unencrypted(api: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--api", api])

    assert ended.value.code == 2


def test_remove(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = CredentialStore(MemoryKeyring())
    store.write(GOOD)
    PrivateFile(file).write(GOOD)

    assert main(["--remove"], lambda: [store, PrivateFile(file)]) == 0
    assert (store.read(), PrivateFile(file).read()) == (None, None)

    assert main(["--remove"], lambda: [store, PrivateFile(file)]) == 0
    assert capsys.readouterr().out.endswith("There is no token.\n")


def test_a_system_without_a_credential_store_gets_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    assert [place.name for place in places(file)] == [f"the file {file}"]

    monkeypatch.setattr(keyring, "get_keyring", MemoryKeyring)
    assert [type(place) for place in places(file)] == [CredentialStore, PrivateFile]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_what_is_typed_is_not_echoed(github: str, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "scripts/setup_token.py", "--api", f"{github}/api"],
        cwd=ROOT,
        env={
            **os.environ,
            "XDG_CONFIG_HOME": str(tmp_path),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    shown = b""

    def asked() -> bool:
        nonlocal shown
        shown += os.read(master, 1000)
        return b"it is not shown" in shown

    wait_for("the prompt", asked)
    os.write(master, f"{GOOD}\n".encode())
    assert process.wait(30) == 0
    os.close(slave)
    shown += os.read(master, 10000)
    os.close(master)

    assert GOOD.encode() not in shown
    assert (tmp_path / "microsip-manager" / "github-token").read_text() == f"{GOOD}\n"


def test_it_is_never_an_argument() -> None:
    options = {word for action in github_token._parser()._actions for word in action.option_strings}

    assert options == {"-h", "--help", "--api", "--remove"}
    assert not [action for action in github_token._parser()._actions if not action.option_strings]
