"""What is kept about one extension or phone number: to be taken away, or erased."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from microsip_manager.wire.calls import TEXT_LIMIT
from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.names import EXTENSION_LIMIT, check_printable


class PrivacySubject(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is about: an extension of the house, or the phone number of somebody else; one of them."""

    extension: Annotated[str, Meta(min_length=1, max_length=EXTENSION_LIMIT, examples=["485"])] | None = None
    number: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT, examples=["+74950000042"])] | None = None
    """However it is written: the same digits are the same number."""

    def __post_init__(self) -> None:
        if (self.extension is None) == (self.number is None):
            raise ValueError("Expected `extension` or `number`, one of them")
        check_printable(self.extension or "", "extension")
        check_printable(self.number or "", "number")

    @property
    def text(self) -> str:
        return self.extension or self.number or ""


class PrivacyErasure(PrivacySubject, frozen=True, kw_only=True):
    """Whose data are to be erased."""

    dry_run: bool = True
    """Only tell what would be erased; has to be `false` to erase."""


class PrivacyRows(Struct, frozen=True):
    """What is kept in one place."""

    where: Annotated[str, Meta(description="The table", examples=["calls"])]
    rows: list[dict[str, Any]]


class PrivacyStay(Struct, frozen=True):
    """What is not erased, and why."""

    where: str
    why: str


class PrivacyExport(Struct, frozen=True):
    """Everything that is kept about the subject."""

    spellings: list[str]
    """The ways in which the number is written in calls."""
    found: list[PrivacyRows]
    stays: list[PrivacyStay]
    """What an erasure would leave."""


class PrivacyErased(Struct, frozen=True):
    """What was done to the rows of one place."""

    where: str
    what: str
    """`removed`, or which fields were emptied."""
    rows: int


class PrivacyErasureReport(Struct, frozen=True):
    """What was erased, or would be."""

    dry_run: bool
    spellings: list[str]
    erased: list[PrivacyErased]
    stays: list[PrivacyStay]


decode_privacy_subject = Decoder(PrivacySubject)
decode_privacy_erasure = Decoder(PrivacyErasure)
