"""The words of the DND panel, in the language of the terminal."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Everything the panel says. Texts with braces are filled in with `format`."""

    title: str
    hostname: str
    extension: str
    status: str
    since: str
    outcome: str
    detail: str
    keys: tuple[tuple[str, str], ...]
    """Keys and what they do, for the last lines of the screen and for the instructions."""
    keys_of_search: tuple[tuple[str, str], ...]
    keys_of_monitor: tuple[tuple[str, str], ...]
    counts: str
    found: str
    search: str
    changes: str
    no_changes: str
    all_on: str
    all_off: str
    yes_no: str
    working: str
    stopping: str
    done: str
    left_out: str
    cancelled: str
    nobody: str
    loading: str
    needs_terminal: str
    needs_yes: str
    statuses: Mapping[str, str]


ENGLISH = Words(
    title="DND control",
    hostname="Hostname",
    extension="Extension",
    status="Status",
    since="Since",
    outcome="Outcome",
    detail="Detail",
    keys=(
        ("↑ ↓", "choose"),
        ("Space", "mark"),
        ("+", "DND on"),
        ("-", "DND off"),
        ("1", "all on"),
        ("0", "all off"),
        ("/", "search"),
        ("m", "monitor"),
        ("r", "refresh"),
        ("q", "quit"),
    ),
    keys_of_search=(("Enter", "keep"), ("Esc", "everybody"), ("↑ ↓", "choose")),
    keys_of_monitor=(("m", "back to the list"), ("r", "refresh")),
    counts="{total} PCs: 🟢 {online}  🔴 {dnd}  ⚫ {offline}",
    found="{shown} of {total} match",
    search="search: {text}",
    changes="Changes, newest first",
    no_changes="Nothing has changed yet.",
    all_on="Switch DND ON for all {count} PCs that are not offline?",
    all_off="Switch DND OFF for all {count} PCs that are not offline?",
    yes_no="y yes, n no",
    working="DND {switch}: {done} of {total}",
    stopping="stopping after those under way",
    done="{done} of {total} done",
    left_out="{count} offline, left out",
    cancelled="Nothing was switched.",
    nobody="There is nobody to switch.",
    loading="asking the server",
    needs_terminal="The panel needs a terminal. Without one, name the PCs, such as: NIKITA off, or --all on --yes",
    needs_yes="--all asks before it acts, and there is no terminal to ask at; add --yes",
    statuses={"offline": "offline", "online": "online", "dnd": "dnd"},
)

RUSSIAN = Words(
    title="Управление DND",
    hostname="Имя ПК",
    extension="Номер",
    status="Статус",
    since="С какого времени",
    outcome="Результат",
    detail="Подробности",
    keys=(
        ("↑ ↓", "выбор"),
        ("Space", "отметить"),
        ("+", "DND вкл."),
        ("-", "DND выкл."),
        ("1", "вкл. всем"),
        ("0", "выкл. всем"),
        ("/", "поиск"),
        ("m", "монитор"),
        ("r", "обновить"),
        ("q", "выход"),
    ),
    keys_of_search=(("Enter", "оставить"), ("Esc", "показать всех"), ("↑ ↓", "выбор")),
    keys_of_monitor=(("m", "назад к списку"), ("r", "обновить")),
    counts="ПК: {total}  🟢 {online}  🔴 {dnd}  ⚫ {offline}",
    found="подходит {shown} из {total}",
    search="поиск: {text}",
    changes="Изменения, сначала новые",
    no_changes="Пока ничего не изменилось.",
    all_on="ВКЛЮЧИТЬ DND на всех доступных ПК ({count})?",
    all_off="ВЫКЛЮЧИТЬ DND на всех доступных ПК ({count})?",
    yes_no="y (д) — да, n (н) — нет",
    working="DND {switch}: {done} из {total}",
    stopping="остановка после уже отправленных",
    done="выполнено {done} из {total}",
    left_out="не в сети {count}, пропущены",
    cancelled="Ничего не изменено.",
    nobody="Переключать некого.",
    loading="запрос к серверу",
    needs_terminal="Панели нужен терминал. Без него назовите ПК, например: NIKITA off, или --all on --yes",
    needs_yes="--all спрашивает перед действием, а терминала нет; добавьте --yes",
    statuses={"offline": "не в сети", "online": "доступен", "dnd": "не беспокоить"},
)

LANGUAGES = {"en": ENGLISH, "ru": RUSSIAN}


def language(environ: Mapping[str, str] = os.environ) -> str:
    """`ru` or `en`, by the environment as POSIX reads it, else by the settings of the system."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "ru" if (locale.getlocale()[0] or "").lower().startswith("ru") else "en"
