"""`microsip-manager tls`, on the server's own machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from microsip_manager.cli.main import main
from microsip_manager.tls.fingerprints import fingerprint_of, shown
from microsip_manager.tls.folder import TlsFolder
from tests.tls.house import house


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TlsFolder:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/manager.db")
    return TlsFolder(tmp_path / "tls")


def test_init_makes_a_certificate_beside_the_database_and_shows_it(
    folder: TlsFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tls", "init", "--name", "phones.lan", "--address", "172.16.99.12"]) == 0

    said = capsys.readouterr().out
    assert shown(fingerprint_of(folder.authority().pem)) in said
    assert "phones.lan localhost" in said
    assert folder.server().names.has("172.16.99.12")


def test_a_second_init_adds_names_and_keeps_the_authority(folder: TlsFolder) -> None:
    main(["tls", "init", "--name", "phones.lan"])
    before = folder.authority().pem

    assert main(["tls", "init", "--name", "telephones.lan"]) == 0

    assert folder.authority().pem == before
    assert {"phones.lan", "telephones.lan", "localhost"} <= set(folder.server().names.dns)


def test_a_new_authority_is_made_when_asked_for(folder: TlsFolder) -> None:
    main(["tls", "init"])
    before = folder.authority().pem

    assert main(["tls", "init", "--name", "phones.example", "--new-authority"]) == 0

    assert folder.authority().pem != before
    assert folder.server().names.has("phones.example")


def test_show_is_for_programs_too(folder: TlsFolder, capsys: pytest.CaptureFixture[str]) -> None:
    main(["tls", "init"])
    capsys.readouterr()

    assert main(["tls", "show", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["authority"] == fingerprint_of(folder.authority().pem)
    assert told["file"] == str(folder.server_file)
    assert "localhost" in told["names"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show"], "the server has no certificate yet: microsip-manager tls init makes one"),
        (["init", "--name", "no name"], "'no name' is neither a host name nor an address"),
        (["init", "--address", "phones.lan"], "'phones.lan' is no address"),
    ],
)
def test_what_is_wrong_is_one_line(
    folder: TlsFolder, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code = main(["tls", *arguments])

    complaint = capsys.readouterr().err
    assert code == 2
    assert said in complaint
    assert len(complaint.splitlines()) == 1


def test_the_companys_certificate_is_shown_and_none_made_beside_it(
    folder: TlsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = house(tmp_path / "company", "phones.corp.example")
    monkeypatch.setenv("TLS_CERTIFICATE", str(own.server_file))

    assert main(["tls", "show"]) == 0
    assert "phones.corp.example" in capsys.readouterr().out
    assert main(["tls", "init"]) == 2
    assert not folder.has_certificate()
