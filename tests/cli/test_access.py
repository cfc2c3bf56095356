"""`microsip-manager init`, `user` and `token`, against the real application."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pyotp
import pytest
from starlette.testclient import TestClient

from microsip_manager.cli.main import main
from microsip_manager.cli.session import ExitCode
from microsip_manager.server.app import create_app
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services

PASSWORD = "correct horse battery staple"
OTHER = "four quite other words"
HERE, ELSEWHERE = "http://127.0.0.1:8083", "http://192.0.2.1:8083"


@dataclass
class Terminal:
    """The command line beside a server of this process."""

    services: Services
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    asked: list[httpx2.Request] = field(default_factory=list)
    out: str = ""
    err: str = ""

    def run(self, *words: str, typed: str = "") -> int:
        """The exit code; `typed` is what stands on the standard input, which is no terminal."""
        app = create_app(self.services, open_network=False)
        server = TestClient(app, base_url=HERE, client=("127.0.0.1", 50000))

        def answer(request: httpx2.Request) -> httpx2.Response:
            self.asked.append(request)
            assert str(request.url).startswith(HERE), "it asks another machine"
            return server.send(request)

        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main([*words], httpx2.MockTransport(answer))
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self, *words: str, typed: str = "") -> Any:
        assert self.run(*words, "--json", typed=typed) == ExitCode.ALL_DONE, self.err
        return json.loads(self.out)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def terminal(clock: HandClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("API_TOKEN", "API_SERVERS", "SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(fake_services(clock=clock), capsys, monkeypatch)


@pytest.fixture
def admin(terminal: Terminal) -> Terminal:
    """A server that was set up, and a terminal with a token of its administrator."""
    assert terminal.run("init", "--name", "anna", "--password-stdin", typed=f"{PASSWORD}\n") == 0
    assert terminal.run("token", "create", "mine", "--role", "admin", "--as", "anna", typed=f"{PASSWORD}\n") == 0
    terminal.monkeypatch.setenv("API_TOKEN", terminal.out.strip())
    return terminal


def test_init_makes_the_first_administrator_and_says_what_comes_next(terminal: Terminal) -> None:
    assert terminal.run("init", "--name", "anna", "--password-stdin", typed=f"{PASSWORD}\n") == ExitCode.ALL_DONE

    assert "anna is the first administrator" in terminal.out
    assert "token create" in terminal.out
    assert PASSWORD not in terminal.out + terminal.err
    assert terminal.services.credentials.required


def test_init_asks_this_machine_whatever_servers_are_named(terminal: Terminal) -> None:
    assert terminal.run("--server", ELSEWHERE, "init", "--password-stdin", typed=f"{PASSWORD}\n") == 0

    assert {request.url.host for request in terminal.asked} == {"127.0.0.1"}


def test_init_a_second_time_is_refused_in_one_line(admin: Terminal) -> None:
    assert admin.run("init", "--password-stdin", typed=f"{PASSWORD}\n") == ExitCode.SOME_FAILED

    assert admin.err.count("\n") == 1
    assert "set up already" in admin.err


@pytest.mark.parametrize("typed", ["", "short\n"])
def test_a_password_that_is_too_short_is_not_sent(terminal: Terminal, typed: str) -> None:
    assert terminal.run("init", "--password-stdin", typed=typed) == ExitCode.USAGE

    assert "12 characters" in terminal.err
    assert terminal.asked == []


def test_without_a_terminal_the_password_is_asked_for_nowhere(terminal: Terminal) -> None:
    assert terminal.run("init", typed=f"{PASSWORD}\n") == ExitCode.USAGE

    assert "--password-stdin" in terminal.err
    assert terminal.asked == []


def at_a_keyboard(terminal: Terminal, *typed: str) -> Callable[..., int]:
    """A terminal at which this is typed, one line after the other."""
    lines = iter(typed)

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    def run(*words: str) -> int:
        with terminal.monkeypatch.context() as patched:
            patched.setattr("getpass.getpass", lambda prompt: next(lines))
            patched.setattr("tests.cli.test_access.io.StringIO", Keyboard)
            return terminal.run(*words)

    return run


def test_the_password_is_typed_twice(terminal: Terminal) -> None:
    run = at_a_keyboard(terminal, "short", PASSWORD, "another one", PASSWORD, PASSWORD)

    assert run("init", "--name", "anna") == ExitCode.ALL_DONE

    assert "at least 12" in terminal.err
    assert "two different" in terminal.err
    assert json.loads(terminal.asked[0].content) == {"name": "anna", "password": PASSWORD}


def test_who_never_types_the_same_twice_has_set_nothing_up(terminal: Terminal) -> None:
    run = at_a_keyboard(terminal, *(f"{PASSWORD} {number}" for number in range(6)))

    assert run("init") == ExitCode.USAGE
    assert terminal.asked == []


def test_a_token_is_printed_alone_so_that_a_script_can_take_it(admin: Terminal) -> None:
    assert admin.run("token", "create", "wall") == 0

    assert admin.out.startswith("mmt_")
    assert admin.out.count("\n") == 1
    assert "shown once" in admin.err


def test_tokens_are_listed_and_taken_back(admin: Terminal, clock: HandClock) -> None:
    clock.forward(1)
    made = admin.json("token", "create", "night", "--role", "operator", "--group", "Sales")
    listed = admin.json("token", "list")
    assert [(one["name"], one["role"], one["groups"], one["created_by"]) for one in listed] == [
        ("mine", "admin", [], "user anna"),
        ("night", "operator", ["Sales"], "token mine"),
    ]

    assert admin.run("token", "revoke", made["about"]["id"]) == 0

    assert len(admin.json("token", "list")) == 1
    assert admin.run("token", "revoke", made["about"]["id"]) == ExitCode.SOME_FAILED


def test_users_are_added_changed_and_removed(admin: Terminal) -> None:
    words = ("user", "add", "boris", "--role", "operator", "--group", "Sales", "--password-stdin")
    [made] = admin.json(*words, typed=f"{PASSWORD}\n")
    assert (made["name"], made["role"], made["groups"]) == ("boris", "operator", ["Sales"])

    assert admin.json("user", "change", "boris", "--all-groups")[0]["groups"] == []
    assert admin.json("user", "change", "boris", "--role", "viewer", "--disable")[0]["disabled"] is True
    assert admin.json("user", "change", "boris", "--enable", "--reset-second-factor")[0]["disabled"] is False
    assert admin.run("user", "change", "boris", "--password-stdin", typed=f"{OTHER}\n") == 0
    assert admin.run("user", "list", "--as", "boris", typed=f"{OTHER}\n") == ExitCode.SOME_FAILED
    assert "role viewer" in admin.err

    assert admin.run("user", "list") == 0
    assert admin.out.splitlines()[-1].split() == ["boris", "viewer", "all", "no"]
    assert admin.run("user", "remove", "boris") == 0
    assert [one["name"] for one in admin.json("user", "list")] == ["anna"]


def test_a_change_of_nothing_is_asked_about(admin: Terminal) -> None:
    asked = len(admin.asked)

    assert admin.run("user", "change", "anna") == ExitCode.USAGE
    assert len(admin.asked) == asked


def test_signing_in_for_one_command_leaves_no_session_behind(admin: Terminal) -> None:
    admin.monkeypatch.delenv("API_TOKEN")

    assert admin.run("user", "list", "--as", "anna", typed=f"{PASSWORD}\n") == 0

    assert [request.method for request in admin.asked[-3:]] == ["POST", "GET", "DELETE"]
    assert len(admin.services.credentials) == 1  # the token


def test_who_changes_the_own_password_is_signed_out_without_complaint(admin: Terminal) -> None:
    words = ("user", "change", "anna", "--as", "anna", "--password-stdin")

    assert admin.run(*words, typed=f"{PASSWORD}\n{OTHER}\n") == 0

    assert admin.run("user", "list", "--as", "anna", typed=f"{OTHER}\n") == 0


def test_a_wrong_password_ends_the_command_in_one_line(admin: Terminal) -> None:
    assert admin.run("user", "list", "--as", "anna", typed="a guess\n") == ExitCode.SOME_FAILED

    assert admin.err == "The name or the password is wrong.\n"


def test_the_second_factor_is_asked_for_where_there_is_one(admin: Terminal, clock: HandClock) -> None:
    browser = TestClient(create_app(admin.services, open_network=False), base_url=HERE, client=("127.0.0.1", 50000))
    csrf = browser.post("/api/session", json={"name": "anna", "password": PASSWORD}).json()["csrf_token"]
    shown = {"X-CSRF-Token": csrf}
    secret = browser.post("/api/session/totp", headers=shown).json()["secret"]
    browser.put("/api/session/totp", headers=shown, json={"code": pyotp.TOTP(secret).at(clock.now())})
    clock.forward(30)

    code = pyotp.TOTP(secret).at(clock.now())
    assert admin.run("user", "list", "--as", "anna", typed=f"{PASSWORD}\n{code}\n") == 0


@pytest.mark.parametrize("token", ["", "mmt_of_somebody_else_entirely"])
def test_whoever_is_not_known_is_told_what_to_do(admin: Terminal, token: str) -> None:
    admin.monkeypatch.setenv("API_TOKEN", token)

    assert admin.run("status") == ExitCode.SOME_FAILED

    assert admin.err.count("\n") == 1
    assert "API_TOKEN" in admin.err
    assert "microsip-manager token create" in admin.err
    assert token == "" or token not in admin.err


def test_whoever_may_not_is_told_who_can_help(admin: Terminal) -> None:
    assert admin.run("token", "create", "wall") == 0
    admin.monkeypatch.setenv("API_TOKEN", admin.out.strip())

    assert admin.run("user", "list") == ExitCode.SOME_FAILED

    assert admin.err.count("\n") == 1
    assert "administrator" in admin.err


def test_a_token_that_is_none_is_not_printed(admin: Terminal) -> None:
    admin.monkeypatch.setenv("API_TOKEN", "with a blank inside of it")

    assert admin.run("status") == ExitCode.USAGE

    assert "API_TOKEN is not usable" in admin.err
    assert "blank" not in admin.err


def test_every_command_shows_the_token(admin: Terminal) -> None:
    for words in (("status",), ("stats",), ("calls",), ("groups", "list"), ("schedules", "list")):
        assert admin.run(*words) == ExitCode.ALL_DONE, admin.err
