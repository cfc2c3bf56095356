"""Who works in the office of the pictures: names, extensions, groups, and what they do at the moment."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass


class Doing(enum.Enum):
    FREE = "free"
    TALKING = "talking"
    RINGING = "ringing"
    AWAY = "away"
    """In DND, as somebody has ordered."""
    FORGOT = "forgot"
    """In DND since long ago."""
    NO_PASSWORD = "no password"  # noqa: S105 - a state and no secret
    NO_SERVER = "no server"
    FORWARDS = "forwards"
    GONE = "gone"


WEIGHTS = {
    Doing.FREE: 46,
    Doing.TALKING: 19,
    Doing.RINGING: 3,
    Doing.AWAY: 9,
    Doing.FORGOT: 2,
    Doing.NO_PASSWORD: 1,
    Doing.NO_SERVER: 1,
    Doing.FORWARDS: 2,
    Doing.GONE: 13,
}

GROUPS = {
    "Sales": 26,
    "Поддержка": 24,
    "Логистика": 16,
    "Accounting": 12,
    "Reception": 6,
    "Отдел по работе с ключевыми клиентами": 8,
}

NAMES = (
    *("Kuznetsova", "Morozov", "Sokolova", "Popov", "Lebedeva", "Novikov", "Volkova", "Fedorov", "Egorova", "Pavlov"),
    *("Smith", "Johnson", "O'Neill", "Garcia", "Miller", "Taylor", "Anderson", "Clark", "Hughes", "Fischer"),
    *("Иванов", "Смирнова", "Ковалёв", "Зайцева", "Соловьёв", "Васильева", "Орлов", "Макарова", "Никитин", "Белова"),
    *("Гаврилова", "Тихонов", "Комарова", "Беляев", "Щербакова", "Калинин", "Юдина", "Абрамов", "Цветкова", "Рябов"),
)
INITIALS = "ADEGIKLMNOPRSTVWАВГДЕИКЛМНОПРСТЮ"
ODD = (
    "reception.office",
    "DESKTOP-7H3K9QD",
    "Конференц-зал на третьем этаже (большой)",
    "meeting-room-berlin-4th-floor",
)
"""Not every PC is called after somebody."""


WATCHED = 6
"""Where the one sits whose own page is shown."""


@dataclass(frozen=True)
class Desk:
    hostname: str
    extension: str
    group: str
    doing: Doing
    microsip: str
    agent: str

    @property
    def key(self) -> str:
        return self.hostname.lower()


def desks(count: int) -> list[Desk]:
    """So many, and always the same."""
    chance = random.Random(485)  # noqa: S311 - an office, no secret
    hostnames = list(ODD)
    while len(hostnames) < count:
        name, turn = NAMES[(len(hostnames) - len(ODD)) % len(NAMES)], (len(hostnames) - len(ODD)) // len(NAMES)
        cyrillic = "а" <= name[-1].lower() <= "я"
        letters = [letter for letter in INITIALS if (letter > "Z") == cyrillic]
        initial = f" {letters[turn % len(letters)]}." if turn else ""
        hostnames.append(f"{name}{initial}-ПК" if cyrillic and not turn else f"{name}{initial}")
    return [_desk(chance, hostname, number) for number, hostname in enumerate(hostnames)]


def _desk(chance: random.Random, hostname: str, number: int) -> Desk:
    doing = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    group = chance.choices(list(GROUPS), list(GROUPS.values()))[0]
    microsip = chance.choice(("3.22.3", "3.22.3", "3.21.6", "3.20.5"))
    return Desk(hostname, str(100 + number), group, Doing.FREE if number == WATCHED else doing, microsip, "0.1.0")
