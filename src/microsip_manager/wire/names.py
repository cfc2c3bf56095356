"""Names that come from machines: legal ones can be shown, logged and put into a URL path segment."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

HOSTNAME_LIMIT = 255
EXTENSION_LIMIT = 64
VERSION_LIMIT = 32

Hostname = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=HOSTNAME_LIMIT,
        description="Name of the PC. Spaces, Cyrillic and dots are legal; control and invisible characters, "
        "`/`, blanks at either end and names of dots alone are not. Upper and lower case mean the same PC.",
        examples=["NIKITA", "Иванов-ПК", "front desk.office.example"],
    ),
]
Extension = Annotated[
    str,
    Meta(
        max_length=EXTENSION_LIMIT,
        description="User name of the active MicroSIP account; empty when there is none.",
        examples=["485"],
    ),
]
Version = Annotated[str, Meta(max_length=VERSION_LIMIT, examples=["0.1.0"])]


@lru_cache(10_000)  # a command meets the same one five times on its way; what is refused is not kept
def check_hostname(hostname: str) -> None:
    """Raise `ValueError`, with a text that names the field, unless the hostname is legal."""
    check_name(hostname, "hostname", "host name")


def check_name(name: str, field: str, what: str = "name") -> None:
    """Raise `ValueError`, with a text that names the field, unless this could be the name of a PC."""
    if not 1 <= len(name) <= HOSTNAME_LIMIT:
        raise ValueError(f"Expected `str` of 1 to {HOSTNAME_LIMIT} characters - at `$.{field}`")
    if not name.isprintable() or "/" in name or name.strip(" .") == "" or name != name.strip():
        raise ValueError(
            f"Expected a {what} without `/`, control or invisible characters, blanks at either end, "
            f"and not of dots alone - at `$.{field}`"
        )


def check_printable(text: str, field: str) -> None:
    """Raise `ValueError` when the text holds a character that could deceive a screen or break a log line."""
    if not text.isprintable():
        raise ValueError(f"Expected text without control or invisible characters - at `$.{field}`")


@lru_cache(10_000)  # a command asks for the same one twenty times on its way; names of a whole large fleet are 2 MB
def hostname_key(hostname: str) -> str:
    """The form in which two spellings of one PC's name are equal: Windows ignores case in host names."""
    return hostname.lower() if hostname.isascii() else unicodedata.normalize("NFC", hostname).casefold()
