"""What MicroSIP takes a text for that reaches it by WM_COPYDATA: a model of its command parser.

Where the behaviour is not certain the model takes the worse of both, so that what it calls harmless is harmless.
"""

from __future__ import annotations

from microsip_manager.agent.telephone import Version
from microsip_manager.wire.telephone import NEEDS_DIGITS, NEEDS_NUMBER, TelephoneAction, TelephoneCommand

V3_14, V3_20_5, V3_21_6, V3_22_3 = (3, 14, 0), (3, 20, 5), (3, 21, 6), (3, 22, 3)
KNOWN_VERSIONS: tuple[Version, ...] = (V3_14, V3_20_5, V3_21_6, V3_22_3)

WORDS: dict[str, tuple[Version, str]] = {
    "/answer": (V3_20_5, "answer"),
    "/hangupall": (V3_14, "hangupall"),
    "/hangupincoming": (V3_21_6, "hangupincoming"),
    "/hangupcalling": (V3_20_5, "hangupcalling"),
    "msip:answer": (V3_20_5, "answer"),
    "msip:hangupall": (V3_20_5, "hangupall"),
    "msip:hold": (V3_20_5, "hold"),
    "msip:minimize": (V3_20_5, "minimize"),
    "msip:micmute": (V3_20_5, "micmute"),
    "msip:speakmute": (V3_20_5, "speakmute"),
    "msip:micunmute": (V3_21_6, "micunmute"),
    "msip:speakunmute": (V3_21_6, "speakunmute"),
    "msip:micmuteclick": (V3_21_6, "micmuteclick"),
    "msip:speakmuteclick": (V3_21_6, "speakmuteclick"),
    "msip:micup": (V3_20_5, "micup"),
    "msip:micdown": (V3_20_5, "micdown"),
    "msip:speakup": (V3_20_5, "speakup"),
    "msip:speakdown": (V3_20_5, "speakdown"),
    "/minimized": (V3_14, "minimized"),
}
WORDS_WITH_MORE: dict[str, tuple[Version, str]] = {
    "/dtmf:": (V3_20_5, "dtmf"),
    "/transfer:": (V3_20_5, "transfer"),
    "msip:transfer_": (V3_20_5, "transfer"),
    "/account:": (V3_20_5, "account"),
    "/password:": (V3_20_5, "password"),
}
SCHEMES: dict[str, Version] = {
    "tel:": V3_14,
    "sip:": V3_14,
    "callto:": V3_14,
    "dial:": V3_21_6,
    "dialpad:": V3_21_6,
}


PIECES = (
    *WORDS, *WORDS_WITH_MORE, *SCHEMES, "msip:", "hold", "transfer_", "/reset", "/resetnoask", "/exit", "/i:x.ini",
    "TEL:", "/Answer", "101", "+7495", "*21#", " ", "%20", "%2B", ",", '"', "\0", "\n", "\t", "//", "?", "@pbx", "Ж",
    "\u202e",
)  # fmt: skip
"""What somebody would try who wants a text to be more than a number."""

MEANT = {
    TelephoneAction.DIAL: "dial {}",
    TelephoneAction.ANSWER: "answer",
    TelephoneAction.HANG_UP: "hangupall",
    TelephoneAction.HOLD: "hold",
    TelephoneAction.MUTE: "micmute",
    TelephoneAction.UNMUTE: "micunmute",
    TelephoneAction.TRANSFER: "transfer {}",
    TelephoneAction.DTMF: "dtmf {}",
}
"""What MicroSIP shall understand of each action that is sent to it."""


def command_of(action: TelephoneAction, text: str) -> TelephoneCommand | None:
    """The command that somebody gets who puts this text into it; None when it is refused."""
    number = text if action in NEEDS_NUMBER else None
    digits = text if action in NEEDS_DIGITS else None
    try:
        return TelephoneCommand(action, number=number, digits=digits)
    except ValueError:
        return None


def understood(text: str, version: Version) -> str:
    """`dial NUMBER`, `message NUMBER TEXT`, or the name of a command and its argument; empty when nothing happens."""
    text = text.partition("\0")[0].strip(" \t\r\n")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not text:
        return ""
    if (command := _command(text, version)) is not None:
        return command
    if version >= V3_20_5 and text.lower().startswith("msip:"):
        return understood(text[len("msip:") :], version)
    return _dialled(text, version)


def _command(text: str, version: Version) -> str | None:
    since, name = WORDS.get(text.lower(), (None, ""))
    if since is not None and version >= since:
        return name
    for word, (since, name) in WORDS_WITH_MORE.items():
        if version >= since and text.lower().startswith(word):
            argument = text[len(word) :]
            return f"{name} {argument}" if argument else name
    return None


def _dialled(text: str, version: Version) -> str:
    for scheme, since in SCHEMES.items():
        if version >= since and text.lower().startswith(scheme):
            text = text[len(scheme) :]
            if version >= V3_20_5:
                text = text.removeprefix("//")
            break
    text = text.replace("%20", " ").replace("%2B", "+").replace("%2b", "+").strip(" ")
    return f"message {text}" if " " in text else f"dial {text}"
