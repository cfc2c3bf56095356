"""Asking for MicroSIP's settings, and the answer. Secrets never travel: the answer says only that they are there."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import Hostname, check_hostname, check_printable

SETTINGS_ANSWER_LIMIT = 1024 * 1024
"""Bytes of an answer; all settings of five MicroSIPs with the longest values stay below it."""

MOST_INIS = 5
"""Of how many MicroSIPs of one PC an answer tells."""

Name = Annotated[str, Meta(min_length=1, max_length=64, examples=["denyIncoming"])]
Section = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="`Settings`, `Account` (the active account), `Account1` and so on, `Shortcuts`, or another.",
        examples=["Settings", "Account"],
    ),
]


class GetSetting(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which settings: those in `names`, or the one in `name`, or all of the section."""

    section: Section = "Settings"
    names: Annotated[list[Name], Meta(min_length=1, max_length=300)] | None = None
    name: Name | None = None
    hostname: Hostname | None = None
    """Whom the question is for. An agent with another name refuses it."""

    def __post_init__(self) -> None:
        if self.hostname is not None:
            check_hostname(self.hostname)
        if self.name is not None and self.names is not None:
            raise ValueError("Expected `name` or `names`, not both - at `$.name`")
        check_printable(self.section, "section")
        for name in self.wanted or ():
            check_printable(name, "names")

    @property
    def wanted(self) -> list[str] | None:
        """The names asked for; None means all."""
        return [self.name] if self.name is not None else self.names


class SettingValue(Struct, frozen=True, omit_defaults=True):
    """One setting as the ini has it."""

    present: Annotated[bool, Meta(description="Whether the ini has the key. Where it has not, the default counts.")]
    value: Annotated[str, Meta(max_length=1040, description="Missing when it is secret or not present.")] | None = None
    default: Annotated[str, Meta(max_length=255)] | None = None
    """What MicroSIP takes when the key is missing; missing when there is no such thing."""
    meaning: Annotated[str, Meta(max_length=500)] = ""
    secret: Annotated[bool, Meta(description="True when there is a value that is not told; the detail says why.")] = (
        False
    )
    detail: Annotated[str, Meta(max_length=500)] = ""

    def __post_init__(self) -> None:
        if self.secret and self.value is not None:
            raise ValueError("Expected no value beside `secret` - at `$.value`")
        for field in ("value", "default", "meaning", "detail"):
            check_printable(getattr(self, field) or "", field)


class IniSettings(Struct, frozen=True, omit_defaults=True):
    """The settings found in one ini."""

    ini: Annotated[str, Meta(max_length=600, description="Path of the ini on that PC")]
    section: Section
    settings: dict[Name, SettingValue]
    more: Annotated[int, Meta(ge=0, description="Keys that are not known here and too many to be named")] = 0

    def __post_init__(self) -> None:
        check_printable(self.ini, "ini")
        check_printable(self.section, "section")
        for name in self.settings:
            check_printable(name, "settings")


class SettingsAnswer(Struct, frozen=True, omit_defaults=True):
    """The answer to `GetSetting`, from the agent and from the server."""

    hostname: Hostname
    ini: Annotated[str, Meta(max_length=600, description="Path of the ini on that PC")]
    section: Section
    settings: dict[Name, SettingValue]
    more: Annotated[int, Meta(ge=0, description="Keys that are not known here and too many to be named")] = 0
    simulated: bool = False
    others: Annotated[list[IniSettings], Meta(max_length=MOST_INIS - 1)] = []
    """The same of the other MicroSIPs that run there: copies in other folders."""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        check_printable(self.ini, "ini")
        check_printable(self.section, "section")
        for name in self.settings:
            check_printable(name, "settings")


decode_get_setting = Decoder(GetSetting)
decode_settings_answer = Decoder(SettingsAnswer)
