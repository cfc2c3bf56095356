"""Messages to the user of a PC: what is to be shown, whether it is, and what the user pressed."""

from __future__ import annotations

import enum
import unicodedata
from typing import Annotated

from msgspec import Meta, Struct, field

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.commands import Detail
from microsip_manager.wire.moment import Moment
from microsip_manager.wire.names import Hostname, check_hostname, check_printable

TITLE_LIMIT = 100
TEXT_LIMIT = 2000
LABEL_LIMIT = 30
MOST_BUTTONS = 3

MessageId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", examples=["0f3c2a9d5b7e4c18a6d2e0f493b7c581"])]
Label = Annotated[str, Meta(min_length=1, max_length=LABEL_LIMIT, examples=["OK"])]


class Severity(enum.Enum):
    """Which sign stands beside the text."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DisplayMessage(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Show a message on the user's desktop. It is text and nothing else, whatever stands in it."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT, description="May have several lines.")]
    title: Annotated[str, Meta(max_length=TITLE_LIMIT)] = ""
    severity: Severity = Severity.INFO
    timeout: (
        Annotated[float, Meta(ge=1, le=86400, description="Seconds until the window closes by itself; missing: never")]
        | None
    ) = None
    buttons: Annotated[list[Label], Meta(min_length=1, max_length=MOST_BUTTONS)] = field(default_factory=lambda: ["OK"])
    id: MessageId | None = None
    """Given by the sender, so that a message sent twice is shown once; the agent makes one where it is missing."""
    hostname: Hostname | None = None
    """Whom the message is for. An agent with another name refuses it."""

    def __post_init__(self) -> None:
        if self.hostname is not None:
            check_hostname(self.hostname)
        if not self.text.strip():
            raise ValueError("Expected more than blanks - at `$.text`")
        _check_text(self.text.replace("\r\n", "\n").replace("\n", ""), "text")
        _check_text(self.title, "title")
        for label in self.buttons:
            _check_text(label, "buttons")
            if not label.strip():
                raise ValueError("Expected more than blanks - at `$.buttons`")
        if len(set(self.buttons)) < len(self.buttons):
            raise ValueError("Expected different labels - at `$.buttons`")

    @property
    def lines(self) -> list[str]:
        """The text by lines, with plain spaces for all others."""
        return [_plain(line) for line in self.text.replace("\r\n", "\n").split("\n")]

    @property
    def plain_title(self) -> str:
        return _plain(self.title)


class MessageOutcome(enum.Enum):
    """What became of a wish to show a message."""

    SHOWN = "shown"
    """It is on the desktop, or was."""
    QUEUED = "queued"
    """Others are before it; it comes by itself."""
    NOT_SHOWN = "not_shown"
    """It is not shown and will not be; the detail says why."""


class MessageAnswer(Struct, frozen=True):
    """The answer to `DisplayMessage`, from the agent and from the server."""

    hostname: Hostname
    id: MessageId
    outcome: MessageOutcome
    detail: Detail = ""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        check_printable(self.detail, "detail")


class MessageState(enum.Enum):
    """How far a message has come."""

    QUEUED = "queued"
    SHOWN = "shown"
    ANSWERED = "answered"
    """The user pressed a button."""
    TIMEOUT = "timeout"
    """Nobody pressed a button in time."""
    CLOSED = "closed"
    """The window was closed without a button."""
    NOT_SHOWN = "not_shown"


class MessageReport(Struct, frozen=True):
    """`GET …/messages/{id}`: what became of a message. Times are the PC's."""

    hostname: Hostname
    id: MessageId
    state: MessageState
    button: Label | None
    """The button the user pressed; null while nobody has."""
    queued_at: Moment
    shown_at: Moment | None
    ended_at: Moment | None
    detail: Detail = ""

    def __post_init__(self) -> None:
        check_hostname(self.hostname)
        _check_text(self.button or "", "button")
        check_printable(self.detail, "detail")


def _check_text(text: str, field: str) -> None:
    if any(not _harmless(character) for character in text):
        raise ValueError(f"Expected text without control, direction or invisible characters - at `$.{field}`")


def _harmless(character: str) -> bool:
    # A space of another width, such as the one that keeps words together, is printable to everybody but Python.
    return character.isprintable() or character == "\t" or unicodedata.category(character) == "Zs"


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


decode_display_message = Decoder(DisplayMessage)
decode_message_answer = Decoder(MessageAnswer)
decode_message_report = Decoder(MessageReport)
