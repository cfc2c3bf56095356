"""Bytes to messages and back, with errors that name the field."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class BadMessage(ValueError):
    """What arrived is not the message expected. The text names the field and what was expected."""


class Decoder(Generic[T]):
    """Reads one kind of JSON message."""

    def __init__(self, kind: type[T]) -> None:
        self._decode = msgspec.json.Decoder(kind).decode

    def __call__(self, body: bytes | str) -> T:
        """Return the message in `body`; raises `BadMessage`."""
        try:
            return self._decode(body)
        except msgspec.ValidationError as error:
            raise BadMessage(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadMessage(f"the body is not JSON: {error}") from None


_encoder = msgspec.json.Encoder()


def encode(message: object) -> bytes:
    """The message as JSON (UTF-8)."""
    return _encoder.encode(message)
