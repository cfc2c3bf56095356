"""How MicroSIP says Do Not Disturb in the language of its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from microsip_manager.agent.langpack import ENGLISH, dnd_notes, translated, translations

RUSSIAN = (
    "Language Pack\nRTL: 0\n\n; utf8\n\n[Control Button]\nКнопка\n[Do Not Disturb]\nНе тревожить\n[Source Port]\nПорт\n"
)


@pytest.mark.parametrize(
    "content",
    [
        RUSSIAN.encode(),
        RUSSIAN.replace("\n", "\r\n").encode("utf-8-sig"),
        b"\xff\xfe" + RUSSIAN.encode("utf-16-le"),
        RUSSIAN.encode("cp1251"),
        RUSSIAN.replace("[Do Not Disturb]", "[do not disturb] ").encode(),
    ],
)
def test_the_line_after_the_english_one_is_the_translation(content: bytes) -> None:
    assert translations(content, [ENGLISH], "cp1251") == {ENGLISH: "Не тревожить"}


@pytest.mark.parametrize("text", ["", "[Do Not Disturb]", "[Do Not Disturb]\n[Next]\n", "[Do Not Disturb]\n\nx"])
def test_a_file_without_one_translates_nothing(text: str) -> None:
    assert translations(text.encode(), [ENGLISH], "cp1251") == {}


def test_the_file_beside_the_program_adds_to_what_is_known(tmp_path: Path) -> None:
    assert dnd_notes(tmp_path, "cp1251") == {"Do Not Disturb", "Не беспокоить"}

    (tmp_path / "langpack_dutch.txt").write_text("[Do Not Disturb]\nNiet storen\n", encoding="utf-8")

    assert dnd_notes(tmp_path, "cp1251") == {"Do Not Disturb", "Не беспокоить", "Niet storen"}


def test_each_word_asked_for_is_found_and_the_first_translation_counts(tmp_path: Path) -> None:
    text = "[Online]\nВ сети\n[Away]\nОтошёл\n[online]\nДругое\n[Idle]\n[Offline]\nНе в сети\n"
    (tmp_path / "langpack_russian.txt").write_text(text, encoding="utf-8")

    assert translated(tmp_path, ["Online", "Idle", "Offline"], "cp1251") == {"Online": "В сети", "Offline": "Не в сети"}


def test_a_folder_that_is_gone_adds_nothing(tmp_path: Path) -> None:
    assert "Do Not Disturb" in dnd_notes(tmp_path / "gone", "cp1251")
