"""A token or a password is not sent where everybody on the way could read it."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx2
import pytest

from microsip_manager.cli import migrate
from microsip_manager.cli.main import main
from microsip_manager.cli.plain_text import is_this_machine
from microsip_manager.cli.session import ExitCode
from tests.cli.office import Office
from tests.fleet.processes import ROOT

OTHER = "http://192.0.2.1:8083"
TOKEN = "mmt_of_an_administrator"
ASKING = [
    ("status",),
    ("dnd", "on", "NIKITA"),
    ("token", "list"),
    ("user", "list"),
    ("audit", "verify"),
    ("agent", "list"),
    ("watch",),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx2.Request]:
    monkeypatch.setenv("API_TOKEN", TOKEN)
    monkeypatch.delenv("ALLOW_PLAINTEXT", raising=False)
    return []


def noting(asked: list[httpx2.Request]) -> httpx2.MockTransport:
    office = Office()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return office.answer(request)

    return httpx2.MockTransport(answer)


@pytest.mark.parametrize("words", ASKING)
def test_no_command_sends_the_token_in_the_clear(
    asked: list[httpx2.Request], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--server", OTHER, *words], noting(asked)) == ExitCode.USAGE

    said = capsys.readouterr().err
    assert asked == []
    assert len(said.splitlines()) == 1
    assert "https://" in said
    assert "ALLOW_PLAINTEXT=1" in said
    assert TOKEN not in said


def test_one_such_server_among_others_is_enough(asked: list[httpx2.Request]) -> None:
    assert main(["--server", "https://192.0.2.2:8083", "--server", OTHER, "status"], noting(asked)) == ExitCode.USAGE
    assert asked == []


def test_a_password_is_not_sent_in_the_clear_either(
    asked: list[httpx2.Request], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--server", OTHER, "token", "list", "--as", "anna"], noting(asked)) == ExitCode.USAGE

    assert asked == []
    assert "a password" in capsys.readouterr().err


@pytest.mark.parametrize("server", ["https://192.0.2.1:8083", "http://127.0.0.1:8083", "http://[::1]:8083"])
def test_over_tls_and_to_this_machine_it_is_sent(asked: list[httpx2.Request], server: str) -> None:
    assert main(["--server", server, "status"], noting(asked)) == ExitCode.ALL_DONE

    assert [request.headers["authorization"] for request in asked] == [f"Bearer {TOKEN}"]


def test_who_allows_it_gets_it(asked: list[httpx2.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_PLAINTEXT", "1")

    assert main(["--server", OTHER, "status"], noting(asked)) == ExitCode.ALL_DONE


def test_without_a_token_there_is_nothing_to_hide(asked: list[httpx2.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_TOKEN")

    assert main(["--server", OTHER, "status"], noting(asked)) == ExitCode.ALL_DONE


def test_the_scripts_and_examples_refuse_it_as_well(
    asked: list[httpx2.Request],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    site = tmp_path / "api_config.py"
    site.write_text((ROOT / "api_config.py").read_text(encoding="utf-8"), encoding="utf-8")
    calls = tmp_path / "calls.csv"
    calls.write_text("Date;Type;Phone;Computer\n2025-03-02 14:05:00;in;486;NIKITA\n", encoding="utf-8")
    monkeypatch.setenv("API_SERVERS", OTHER)

    assert migrate.main(["--config", str(site), "--calls", str(calls)], noting(asked)) == ExitCode.USAGE
    assert "ALLOW_PLAINTEXT=1" in capsys.readouterr().err
    assert asked == []


def test_what_is_this_machine() -> None:
    assert all(is_this_machine(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost", socket.gethostname()))
    assert not any(is_this_machine(host) for host in ("192.0.2.1", "2001:db8::1", "first.example", "0.0.0.0", ""))
