"""What an answer may tell of an ini. Pure.

Only values of settings known here leave the PC, and only in a shape that holds no secret; everything else is named
and withheld.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from microsip_manager.agent.boundaries import PhoneIni
from microsip_manager.agent.errors import UnknownSetting
from microsip_manager.agent.known_settings import Known, known_in
from microsip_manager.agent.microsip_ini import Ini
from microsip_manager.agent.setting_shapes import NEVER, may_leave
from microsip_manager.wire.phone_settings import MOST_INIS, GetSetting, IniSettings, SettingValue

ACTIVE_ACCOUNT = "account"
"""The section that stands for that of the active account."""

MOST_UNKNOWN = 100
"""How many keys that are not known here are named."""

NAME_LIMIT = 64
NEAREST = 3


def answers_of(inis: Sequence[PhoneIni], wish: GetSetting) -> list[IniSettings]:
    """What was asked for, of each ini; raises `UnknownSetting` with the nearest names, and `DamagedIni`."""
    return [_answer(found, wish) for found in inis[:MOST_INIS]]


def _answer(found: PhoneIni, wish: GetSetting) -> IniSettings:
    section = _section(found.ini, wish.section)
    unknown = _unknown_keys(found.ini, section)
    if wish.wanted is not None:
        names, more = _named(found.ini, section, wish.wanted, unknown), 0
    else:
        names = [*(known.name for known in known_in(section).values()), *unknown[:MOST_UNKNOWN]]
        more = sum(key.lower() not in known_in(section) for key in found.ini.keys(section)) - len(
            unknown[:MOST_UNKNOWN]
        )
    values = {name: _value(found.ini, section, name) for name in names}
    return IniSettings(_printable(found.path)[:600], section, values, more)


def _section(ini: Ini, wanted: str) -> str:
    """The section's name as it is written in the ini."""
    if wanted.lower() == ACTIVE_ACCOUNT:
        if not (active := ini.active_account):
            raise UnknownSetting("There is no active account: accountId is 0.")
        wanted = active
    written = {section.lower(): section for section in ini.sections()}
    if wanted.lower() in written:
        return written[wanted.lower()]
    # A MicroSIP without shortcuts has no such section, and there is nothing wrong with asking for them.
    if wanted.lower() == "shortcuts":
        return "Shortcuts"
    there = ", ".join(_shown_name(section) for section in list(written.values())[:10])
    raise UnknownSetting(f"There is no section [{wanted}] in this ini; there are {there}.")


def _unknown_keys(ini: Ini, section: str) -> list[str]:
    """The keys of the section that are not known here and can be named."""
    known = known_in(section)
    return [key for key in ini.keys(section) if key.lower() not in known and key and _shown_name(key) == key]


def _named(ini: Ini, section: str, wanted: Iterable[str], unknown: Sequence[str]) -> list[str]:
    """The names asked for, as they are usually written."""
    known = known_in(section)
    names = {key.lower(): key for key in unknown} | {key: setting.name for key, setting in known.items()}
    if missing := [name for name in wanted if name.lower() not in names]:
        raise UnknownSetting(_who_is_it(section, missing, names))
    return [names[name.lower()] for name in wanted]


def _who_is_it(section: str, missing: Sequence[str], names: dict[str, str]) -> str:
    told = []
    for name in missing[:3]:
        near = [names[key] for key in difflib.get_close_matches(name.lower(), names, n=NEAREST)]
        told.append(f"{name!r}{f' (did you mean {_either(near)}?)' if near else ''}")
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return f"[{section}] has no {', '.join(told)}{more}."


def _either(names: Sequence[str]) -> str:
    return " or ".join(repr(name) for name in names)


def _value(ini: Ini, section: str, name: str) -> SettingValue:
    known = known_in(section).get(name.lower())
    if known is None:
        return SettingValue(True, secret=True, detail="withheld: the agent does not know this setting")
    value = ini.get(section, name, known.limit)
    if value is None:
        return SettingValue(False, default=known.default, meaning=known.meaning)
    withheld = _why_withheld(known, value)
    return SettingValue(
        True,
        value=None if withheld else value,
        default=known.default,
        meaning=known.meaning,
        secret=bool(withheld),
        detail=withheld,
    )


def _why_withheld(known: Known, value: str) -> str:
    if known.shape is NEVER:
        return "withheld: secret" if value else "withheld: secret; it is empty"
    if may_leave(value, known.shape):
        return ""
    return "withheld: it has not the shape of a value that is surely no secret"


def _shown_name(name: str) -> str:
    return _printable(name)[:NAME_LIMIT]


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
