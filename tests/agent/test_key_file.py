"""What the agent keeps of its enrolment."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from microsip_manager.agent.key_file import LONGEST, BrokenKey, Kept, KeyFile, NoSeal, new_key

KEPT = Kept(new_key(), "id", "NIKITA~2", ["http://127.0.0.1:8083"], "ab", 1.5, new_key())


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "state", "Иванов/ПК", NoSeal())


def test_what_is_written_is_read_again(file: KeyFile) -> None:
    assert file.read() is None
    file.write(KEPT)
    assert file.read() == KEPT
    file.write(Kept(KEPT.key))
    assert file.read() == Kept(KEPT.key)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows seals it instead")
def test_nobody_else_may_read_it_whatever_the_umask(file: KeyFile) -> None:
    before = os.umask(0)
    try:
        file.write(KEPT)
    finally:
        os.umask(before)

    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_crash_while_it_is_written_leaves_the_old_one(file: KeyFile) -> None:
    file.write(KEPT)
    file.path.with_name(f"{file.path.name}.new").write_bytes(b"half of")

    assert file.read() == KEPT
    file.write(Kept(KEPT.key))
    assert file.read() == Kept(KEPT.key)


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 100, b'{"key":"mmt_"}', b'{"key":1}', b"x" * (LONGEST + 1)])
def test_a_broken_one_is_told_and_set_aside(file: KeyFile, content: bytes) -> None:
    file.write(KEPT)
    file.path.write_bytes(content)

    with pytest.raises(BrokenKey):
        file.read()
    file.set_aside()

    assert file.read() is None
    assert file.path.with_name(f"{file.path.name}.damaged").read_bytes() == content


def test_a_folder_in_its_place_is_told(file: KeyFile) -> None:
    file.path.mkdir(parents=True)

    with pytest.raises(BrokenKey, match="cannot be read"):
        file.read()


def test_each_agent_of_a_folder_has_its_own(tmp_path: Path) -> None:
    paths = {KeyFile(tmp_path, name, NoSeal()).path for name in ("NIKITA", "nikita", "OLGA", "a b")}

    assert len(paths) == 3


def test_keys_are_as_the_servers_want_them() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(re.fullmatch("mma_[A-Za-z0-9_-]{43}", key) for key in keys)
