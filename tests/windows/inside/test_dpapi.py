"""The key of the agent under Windows' own seal."""

from __future__ import annotations

from pathlib import Path

import pytest

from microsip_manager.agent.key_file import BrokenKey, Kept, KeyFile, new_key
from microsip_manager.agent.windows.dpapi import Dpapi

KEPT = Kept(new_key(), "id", "NIKITA", ["http://127.0.0.1:8083"])


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "state", "Иванов-ПК", Dpapi())


def test_what_is_sealed_is_read_again_and_stands_nowhere_in_the_file(file: KeyFile) -> None:
    file.write(KEPT)

    sealed = file.path.read_bytes()

    assert KeyFile(file.path.parent, "Иванов-ПК", Dpapi()).read() == KEPT
    assert KEPT.key.encode() not in sealed
    assert b"NIKITA" not in sealed


def test_a_file_is_replaced_whole(file: KeyFile) -> None:
    file.write(KEPT)
    file.write(Kept(KEPT.key))

    assert file.read() == Kept(KEPT.key)
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "plain"])
def test_one_that_windows_does_not_open_is_told(file: KeyFile, damage: str) -> None:
    file.write(KEPT)
    sealed = file.path.read_bytes()
    middle = len(sealed) // 2
    file.path.write_bytes(
        {
            "cut": sealed[:middle],
            "changed": sealed[:middle] + bytes((sealed[middle] ^ 1,)) + sealed[middle + 1 :],
            "empty": b"",
            "plain": b'{"key":"mma_x"}',
        }[damage]
    )

    with pytest.raises(BrokenKey):
        file.read()
    file.set_aside()

    assert file.read() is None
