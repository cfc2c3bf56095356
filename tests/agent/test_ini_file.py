"""Reading the ini while MicroSIP may be writing it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from microsip_manager.agent.errors import DamagedIni
from microsip_manager.agent.ini_file import READINGS, IniFile
from microsip_manager.agent.microsip_ini import IniView

BEFORE = b"[Settings]\naccountId=1\n[Account1]\nusername=485\n"
AFTER = BEFORE.replace(b"485", b"486")


class Disk:
    """The ini on disk, and what MicroSIP does to it between two readings."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "microsip.ini"
        self.between: Callable[[], None] = lambda: None
        self.waits = 0
        self.ini = IniFile(self.path, "cp1251", self._wait)
        self._time = 1_000_000_000

    def holds(self, content: bytes) -> None:
        self.path.write_bytes(content)
        self._time += 1
        os.utime(self.path, (self._time, self._time))

    def _wait(self, _: float) -> None:
        self.waits += 1
        self.between()


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_it_is_read_once_while_it_stays_the_same(disk: Disk) -> None:
    disk.holds(BEFORE)

    views = [disk.ini.view() for _ in range(5)]

    assert views == [IniView("485")] * 5
    assert disk.waits == 1


def test_a_change_is_seen_also_when_the_size_stays_the_same(disk: Disk) -> None:
    disk.holds(BEFORE)
    disk.ini.view()

    disk.holds(AFTER)

    assert disk.ini.view().extension == "486"


def test_a_file_that_changes_between_two_readings_is_read_until_it_comes_to_rest(disk: Disk) -> None:
    disk.holds(BEFORE)
    saves = iter([BEFORE[:20], BEFORE + b"[More]\n", AFTER])
    disk.between = lambda: disk.holds(next(saves, AFTER))

    assert disk.ini.view().extension == "486"


def test_while_it_does_not_come_to_rest_the_last_reading_counts(disk: Disk) -> None:
    disk.holds(BEFORE)
    disk.ini.view()
    disk.holds(BEFORE[:15])
    disk.waits = 0
    disk.between = lambda: disk.holds(BEFORE[: 15 + disk.waits])

    assert disk.ini.view().extension == "485"
    assert disk.waits == READINGS

    disk.between = lambda: None
    disk.holds(AFTER)
    assert disk.ini.view().extension == "486"


def test_a_file_that_microsip_has_for_itself_is_tried_again(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.holds(BEFORE)
    refusals = iter([True, True])
    open_really = Path.open

    def shared_or_not(path: Path, mode: str) -> object:
        if next(refusals, False):
            raise PermissionError(13, "sharing violation")
        return open_really(path, mode)

    monkeypatch.setattr(Path, "open", shared_or_not)

    assert disk.ini.view().extension == "485"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, "no such file"),
        (b"", "no section [Settings]"),
        (b"\xff\xfe[", "not UTF-16-LE"),
        (b"x" * 5_000_000, "larger"),
    ],
)
def test_a_damaged_one_is_named_with_what_is_wrong_each_time(disk: Disk, content: bytes | None, wrong: str) -> None:
    if content is not None:
        disk.holds(content)

    for _ in range(2):
        with pytest.raises(DamagedIni) as raised:
            disk.ini.view()
        assert str(raised.value).startswith(f"{disk.path}: ")
        assert wrong in str(raised.value)


def test_a_repaired_one_is_good_again(disk: Disk) -> None:
    disk.holds(b"")
    with pytest.raises(DamagedIni):
        disk.ini.view()

    disk.holds(BEFORE)

    assert disk.ini.view().extension == "485"
