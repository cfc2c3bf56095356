"""The private authority and the server's certificate, in files."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from microsip_manager.tls.authority import SERVER_LIFE
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.folder import TlsFolder, read_pair
from microsip_manager.tls.names import Names, names_of, names_of_this_machine
from tests.tls.house import house

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_certificate_is_for_the_names_asked_for_and_for_at_most_397_days(tmp_path: Path) -> None:
    made = house(tmp_path, "Phones.Corp.Example", "172.16.99.12", "fd00::12", now=NOW)

    server = made.server()

    assert str(server.names) == "phones.corp.example 172.16.99.12 fd00::12"
    assert server.begins < NOW < server.ends
    assert server.ends - server.begins <= timedelta(days=397)
    assert made.authority().ends > NOW + timedelta(days=3650)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = house(tmp_path)

    rights = {file.name: oct(file.stat().st_mode & 0o777) for file in made.folder.iterdir()}

    assert rights == {"ca.pem": "0o644", "ca-key.pem": "0o600", "server.pem": "0o600"}
    assert oct(made.folder.stat().st_mode & 0o777) == "0o700"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files to others")
def test_what_root_makes_is_for_the_owner_of_the_folder_around(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)

    made = house(tmp_path)

    assert {file.stat().st_uid for file in (made.folder, *made.folder.iterdir())} == {12345}


def test_openssl_finds_no_fault_with_them(tmp_path: Path) -> None:
    made = house(tmp_path, "phones.corp.example", "172.16.99.12")

    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(made.authority_file), str(made.server_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_certificate_comes_from_the_same_authority(tmp_path: Path) -> None:
    made = house(tmp_path, now=NOW)
    before = made.authority().pem, made.server().pem

    made.renew(NOW + timedelta(days=300))

    assert made.authority().pem == before[0]
    assert made.server().pem != before[1]
    assert made.server().ends == NOW + timedelta(days=300) + SERVER_LIFE
    assert str(made.server().names) == "localhost 127.0.0.1"


def test_a_certificate_is_due_when_a_third_of_its_life_is_left(tmp_path: Path) -> None:
    server = house(tmp_path, now=NOW).server()

    assert not server.is_due(NOW + timedelta(days=260))
    assert server.is_due(NOW + timedelta(days=266))


def test_the_authority_vouches_for_no_bank(tmp_path: Path) -> None:
    made = house(tmp_path, "srv1.corp.example")

    made.make(names_of(["phones.corp.example", "phones.lan", "10.1.2.3"]), datetime.now(UTC))

    with pytest.raises(
        BadCertificate, match=r"not vouch for bank\.example 203\.0\.113\.7; .* tls init --new-authority"
    ):
        made.make(names_of(["bank.example", "srv1.corp.example", "203.0.113.7"]), datetime.now(UTC))


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    made = house(tmp_path, now=NOW)

    made.renew(made.authority().ends - timedelta(days=30))

    assert made.server().ends == made.authority().ends


def test_without_the_authoritys_key_nothing_is_signed(tmp_path: Path) -> None:
    made = house(tmp_path)
    (made.folder / "ca-key.pem").unlink()

    with pytest.raises(BadCertificate, match=r"ca-key\.pem is not there"):
        made.renew(datetime.now(UTC))


def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(BadCertificate, match="/proc/nowhere"):
        TlsFolder(Path("/proc/nowhere/tls")).make(names_of(["localhost"]), NOW)


def test_what_is_wrong_with_a_companys_certificate_is_said(tmp_path: Path) -> None:
    one, other = house(tmp_path / "one"), house(tmp_path / "other")
    prose = tmp_path / "prose.txt"
    prose.write_text("a shopping list")

    for certificate, key, said in (
        (one.authority_file, other.server_file, "the key does not belong to the certificate"),
        (prose, one.server_file, r"prose\.txt: there is no certificate in it"),
        (one.server_file, prose, r"prose\.txt: there is no private key in it"),
        (tmp_path / "none.pem", prose, r"none\.pem cannot be read: No such file"),
    ):
        with pytest.raises(BadCertificate, match=said):
            read_pair(certificate, key)


def test_a_key_with_a_password_is_refused_without_asking(tmp_path: Path) -> None:
    made, locked = house(tmp_path), tmp_path / "locked.pem"
    command = ["openssl", "pkey", "-aes256", "-passout", "pass:secret", "-in", str(made.server_file)]
    subprocess.run([*command, "-out", str(locked)], check=True)

    with pytest.raises(BadCertificate, match=r"locked\.pem: the key is locked by a password"):
        read_pair(made.server_file, locked)


def test_the_names_of_this_machine_are_good_for_a_certificate(tmp_path: Path) -> None:
    names = names_of_this_machine()

    made = TlsFolder(tmp_path / "tls")
    made.make(names, NOW)

    assert {"localhost"} <= set(names.dns)
    assert made.server().names == names


def test_a_computer_with_a_russian_name_has_one_that_dns_knows() -> None:
    [name] = names_of(["Иванов-ПК"]).dns

    assert name.isascii()
    assert name.encode().decode("idna") == "иванов-пк"


@pytest.mark.parametrize("bad", ["", "a b", "http://x", "a..b", "x" * 64, "-x", "172.16.99.0/24", "a\nb"])
def test_what_is_no_name_is_refused(bad: str) -> None:
    with pytest.raises(BadCertificate, match="neither a host name nor an address"):
        names_of([bad])


def test_a_certificate_for_a_whole_domain_is_for_one_label_below_it() -> None:
    names = Names(("*.corp.example",))

    assert names.has("Phones.corp.example")
    assert not names.has("a.phones.corp.example")
    assert not names.has("corp.example")


def test_a_certificate_of_ours_has_what_strict_clients_look_for(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(house(tmp_path).server().pem.encode())

    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == ["1.3.6.1.5.5.7.3.1"]
