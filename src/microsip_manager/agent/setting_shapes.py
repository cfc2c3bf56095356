"""Shapes of values that may leave the PC. A value of another shape stays there, for it might hold a secret. Pure."""

from __future__ import annotations

import re

Shape = re.Pattern[str]

NEVER: Shape = re.compile(r"(?!)")
"""The value is a secret, whatever it looks like."""

SWITCH: Shape = re.compile(r"[01]?")
NUMBER: Shape = re.compile(r"-?[0-9]{0,10}")
VERSION: Shape = re.compile(r"[0-9.]{0,20}")
CODECS: Shape = re.compile(r"(?:[A-Za-z0-9.\-]{1,24}/[0-9]{4,6}/[0-9](?: |$))*")
PHONE: Shape = re.compile(r"\+?[0-9]{0,15}")
"""A plain telephone number. One with commas, stars or hashes may hold a PIN."""
SHORT_CODE: Shape = re.compile(r"[0-9*#+]{0,8}")
USER: Shape = re.compile(r"[\w.+\-]{0,64}")

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
HOST: Shape = re.compile(rf"(?:{_HOST})?")
_ONE_OF_SEVERAL = rf"(?:sips?:)?(?=[^ ]*[.:]){_HOST}(?:;(?:transport=(?:udp|tcp|tls)|lr))*"
HOSTS: Shape = re.compile(rf"(?:{_HOST}|{_ONE_OF_SEVERAL}(?:[ ,]+{_ONE_OF_SEVERAL})*)?")
"""Hosts with ports and nothing else: no user, no password. Several words without a dot might be anything."""

PROGRAM: Shape = re.compile(r"(?:[A-Za-z]:\\[\w\\.\-]{1,200}\.(?:exe|com|bat|cmd))?")
"""The path of a program without arguments: arguments may be secrets."""

_TELLING = r"(?i:pass|pwd|secret|token|bearer|credential|auth|key\b)"
TEXT: Shape = re.compile(rf"(?!.*{_TELLING})[\w .,+()\[\]#'&®™/\\:\-]{{0,255}}")
"""Names and paths, but nothing that looks like an address with a password, a query, or a note of a secret."""

SHORTCUT: Shape = re.compile(
    rf"(?!.*{_TELLING})[\w .()\-]{{0,60}};{PHONE.pattern};(?:call|video|message|transfer)?;{PHONE.pattern};[01]?"
)
"""`label;number;type;number2;presence` of a shortcut that calls; one that sends tones may hold a door's code."""


def one_of(*words: str) -> Shape:
    return re.compile("|".join(re.escape(word) for word in words))


def may_leave(value: str, shape: Shape) -> bool:
    """Whether a value of this shape may be told."""
    return value.isprintable() and shape.fullmatch(value) is not None
