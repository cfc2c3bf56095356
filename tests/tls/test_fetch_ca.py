"""An agent that knows a fingerprint gets the authority of that fingerprint, or none."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest

from microsip_manager.tls.errors import NotTheAuthority
from microsip_manager.tls.fingerprints import fingerprint_of, shown
from microsip_manager.tls.unverified import fetch_ca
from tests.tls.house import house, tls_server


def test_the_authority_of_the_fingerprint_comes(tmp_path: Path) -> None:
    made = house(tmp_path)
    pem = made.authority().pem
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    with tls_server(made, pem.encode()) as server:
        assert ssl.PEM_cert_to_DER_cert(fetch_ca(server, fingerprint)) == ssl.PEM_cert_to_DER_cert(pem)
        assert fetch_ca(server, shown(fingerprint)) == fetch_ca(server, fingerprint)


def test_what_stands_beside_it_is_not_taken(tmp_path: Path) -> None:
    ours, theirs = house(tmp_path / "ours").authority().pem, house(tmp_path / "theirs").authority().pem

    with tls_server(house(tmp_path), (ours + theirs).encode()) as server:
        found = fetch_ca(server, fingerprint_of(ours))

    assert found.count("BEGIN CERTIFICATE") == 1
    assert fingerprint_of(found) == fingerprint_of(ours)


def test_another_authority_is_refused_and_shown(tmp_path: Path) -> None:
    ours, theirs = house(tmp_path / "ours").authority().pem, house(tmp_path / "theirs").authority().pem

    with tls_server(house(tmp_path), theirs.encode()) as server, pytest.raises(NotTheAuthority) as refused:
        fetch_ca(server, fingerprint_of(ours))

    assert f"(SHA-256 {fingerprint_of(theirs)})" in str(refused.value)


@pytest.mark.parametrize("fingerprint", ["", "ab", "0" * 64, ":" * 95])
def test_no_fingerprint_is_good_for_everything(tmp_path: Path, fingerprint: str) -> None:
    made = house(tmp_path)

    with tls_server(made, made.authority().pem.encode()) as server, pytest.raises(NotTheAuthority):
        fetch_ca(server, fingerprint)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        ("404 Not Found", b"", "hands out no authority of its own"),
        ("200 OK", b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", "something else than a certificate"),
        ("308 Permanent Redirect", b"", "HTTP 308"),
    ],
)
def test_what_is_no_authority_is_said(tmp_path: Path, status: str, body: bytes, said: str) -> None:
    with tls_server(house(tmp_path), body, status=status) as server, pytest.raises(NotTheAuthority, match=said):
        fetch_ca(server, "0" * 64)


def test_a_server_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotTheAuthority, match="did not answer"):
        fetch_ca("https://127.0.0.1:1", "0" * 64)
