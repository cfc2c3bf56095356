"""What the agent keeps of its enrolment: a small file beside its spool, sealed as well as the system can."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from msgspec import Struct

from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX
from microsip_manager.wire.names import hostname_key

LONGEST = 65536
"""Bytes of the file that are read; a longer one is not one of ours."""


class BrokenKey(Exception):
    """The file is there and cannot be used; the text says why, without anything that is in it."""


class Kept(Struct, frozen=True):
    """Written before anything of it is sent, so that after a crash the agent is still the same."""

    key: str
    id: str = ""
    """Empty: the key is made, and nobody has let the agent in yet."""
    name: str = ""
    """Of the client."""
    servers: list[str] = []
    """Which know the key; none: those of the settings."""
    ca: str | None = None
    """SHA-256 of the certificate of the servers' own authority."""
    since: float = 0.0
    """When the key was made, in seconds of the PC's clock since 1970."""
    next_key: str = ""
    """Told to a server, perhaps, and not used yet."""

    @property
    def is_let_in(self) -> bool:
        return bool(self.id)


_decode = Decoder(Kept)


class Seal(Protocol):
    def close(self, plain: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes:
        """Raises `BrokenKey`."""
        ...


class NoSeal:
    """Where the rights of the file are all the protection there is."""

    def close(self, plain: bytes) -> bytes:
        return plain

    def open(self, sealed: bytes) -> bytes:
        return sealed


class KeyFile:
    """One agent's file. For one thread at a time."""

    def __init__(self, folder: Path, hostname: str, seal: Seal) -> None:
        # Several simulated agents may share a folder.
        self.path = folder / f"key-{quote(hostname_key(hostname), safe='')[:100]}"
        self._seal = seal

    def read(self) -> Kept | None:
        """None when there is none; raises `BrokenKey`."""
        try:
            with self.path.open("rb") as file:
                sealed = file.read(LONGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BrokenKey(f"it cannot be read: {error.strerror}") from None
        if len(sealed) > LONGEST:
            raise BrokenKey("it is too long")
        try:
            kept = _decode(self._seal.open(sealed))
        except BadMessage:
            raise BrokenKey("its content is damaged") from None
        if not kept.key.startswith(AGENT_KEY_PREFIX):
            raise BrokenKey("there is no key in it")
        return kept

    def written_at(self) -> float:
        """By the clock of the disk; 0 when there is none."""
        try:
            return self.path.stat().st_mtime
        except OSError:
            return 0.0

    def write(self, kept: Kept) -> None:
        """All or nothing, and on the disk when it returns; raises `OSError`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        # Nobody else may read it at any moment; on Windows the seal sees to that.
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(self._seal.close(encode(kept)))
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(self.path)

    def set_aside(self) -> None:
        """Keep a broken one for whoever wants to look at it; raises `OSError`."""
        self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))


def new_key() -> str:
    """As `secrets.token_urlsafe` makes them: that would bring in OpenSSL."""
    return AGENT_KEY_PREFIX + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
