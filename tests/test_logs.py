"""The log: one line an event, whatever came over the network, and files that stay small."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from microsip_manager import logs
from microsip_manager.logs import FILE_BYTES, FILES, OneLineFormatter, UnusableLogFile, masked, start_logging, visible
from microsip_manager.settings import log_file_of

log = logging.getLogger("microsip_manager.test")


Start = Callable[..., None]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start_logging`, with the root logger as in a fresh process, and afterwards as it was."""
    root = logging.getLogger()
    level, added = root.level, list[logging.Handler]()

    def start(level: str, file: Path | None = None) -> None:
        # Only now, for pytest puts its own handlers there between the fixtures and the test.
        root.handlers[:] = []
        start_logging(level, file)
        added.extend(root.handlers)

    yield start
    for handler in added:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def line_of(message: str, *arguments: object) -> str:
    return OneLineFormatter().format(logging.LogRecord("x", logging.INFO, "", 0, message, arguments, None))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("\r2026-03-02 08:00:00 ERROR   forged", r"\r2026-03-02 08:00:00 ERROR   forged"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\u202eb\u2028c", r"a\u202eb\u2028c"),
        ("\x9b31m", r"\x9b31m"),
        ("lone \udc80", r"lone \udc80"),
        ("Иванов-ПК", "Иванов-ПК"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(hostile: str, shown: str) -> None:
    line = line_of("%s: %s", "NIKITA", hostile)

    assert line.endswith(f"INFO    NIKITA: {shown}")
    assert line.isprintable()


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x20), *range(0x7F, 0xA1), 0x200B, 0xFEFF)])
def test_no_control_character_gets_through(character: str) -> None:
    assert visible(f"a{character}b").isprintable()


def test_lines_of_a_traceback_cannot_pass_for_events() -> None:
    try:
        raise ValueError("odd\n2026-03-02 08:00:00 INFO    forged\x1b[0m")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "%s failed", ("NIKITA",), sys.exc_info())

    first, *others = OneLineFormatter().format(record).split("\n")

    assert first.endswith("ERROR   NIKITA failed")
    assert all(line.startswith("  | ") and line.isprintable() for line in others)
    assert any("forged\\x1b[0m" in line for line in others)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+49 (30) 1234-5678", "***678"), ("88005553535", "***535"), ("485", "485"), ("12345", "12345"), ("", "")],
)
def test_phone_numbers_are_masked_and_extensions_are_not(number: str, shown: str, start: Start) -> None:
    start("INFO")

    assert masked(number) == shown


def test_at_debug_phone_numbers_are_shown(start: Start) -> None:
    start("DEBUG")

    assert masked("88005553535") == "88005553535"


def test_the_file_is_utf_8_and_the_terminal_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], start: Start
) -> None:
    file = tmp_path / "new folder" / "agent.log"
    start("INFO", file)

    log.info("%s: online -> offline", "Иванов-ПК")
    log.debug("not at this level")

    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert line.endswith("INFO    Иванов-ПК: online -> offline")
    assert capsys.readouterr().err == line + "\n"


def test_five_files_of_a_megabyte_are_kept_and_the_oldest_goes(tmp_path: Path, start: Start) -> None:
    start("INFO", tmp_path / "agent.log")
    logging.getLogger().handlers[0].setLevel("CRITICAL")

    for number in range(700):
        log.info("%05d %s", number, "x" * 10_000)

    kept = sorted(tmp_path.iterdir())
    assert [file.name for file in kept] == ["agent.log", *(f"agent.log.{number}" for number in range(1, FILES))]
    assert all(file.stat().st_size <= FILE_BYTES for file in kept)
    assert " 00699 x" in kept[0].read_text(encoding="utf-8").splitlines()[-1]
    assert " 00000 x" not in kept[-1].read_text(encoding="utf-8")


def test_a_file_that_cannot_be_renamed_is_written_on_and_the_older_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agent.log"
    (tmp_path / "agent.log.1").write_text("older", encoding="utf-8")
    handler = logs.PatientFileHandler(file, maxBytes=100, backupCount=4, encoding="utf-8")
    monkeypatch.setattr(Path, "replace", _somebody_reads_it)

    for number in range(10):
        handler.emit(logging.LogRecord("x", logging.INFO, "", 0, "%d %s", (number, "x" * 60), None))
    handler.close()

    assert len(file.read_text(encoding="utf-8").splitlines()) == 10
    assert (tmp_path / "agent.log.1").read_text(encoding="utf-8") == "older"


def _somebody_reads_it(path: Path, _: object) -> None:
    raise PermissionError(13, "The process cannot access the file", str(path))


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()

    with pytest.raises(UnusableLogFile, match=r"LOG_FILE .*a file/agent.log' cannot be written: "):
        start_logging("INFO", tmp_path / "a file" / "agent.log")


def test_without_a_terminal_the_file_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    start("INFO", tmp_path / "agent.log")

    log.info("started by pythonw")

    assert "started by pythonw" in (tmp_path / "agent.log").read_text(encoding="utf-8")


def test_where_the_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = ModuleType("api_config")
    site.__file__ = str(tmp_path / "api_config.py")
    windows = {"LOCALAPPDATA": "C:/Users/nikita/AppData/Local"}
    monkeypatch.setenv("LOGS", str(tmp_path / "logs"))

    assert log_file_of("", site, "agent", windows, "linux") is None
    assert log_file_of("", site, "agent", {}, "win32") is None
    assert log_file_of("", site, "agent", windows, "win32") == Path(
        "C:/Users/nikita/AppData/Local/MicroSIP Manager/agent.log"
    )
    assert log_file_of("-", site, "agent", windows, "win32") is None
    assert log_file_of("logs/a.log", site, "agent", windows, "win32") == tmp_path / "logs" / "a.log"
    assert log_file_of("$LOGS/a.log", site, "server", {}, "linux") == tmp_path / "logs" / "a.log"
