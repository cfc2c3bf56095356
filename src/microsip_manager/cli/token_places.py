"""Where a GitHub token is kept: in the system's credential store, else in a file that only its owner may read."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import keyring
import keyring.errors
from keyring.backend import KeyringBackend

SERVICE = "microsip-manager"
ACCOUNT = "github-token"


class TokenPlace(Protocol):
    """One place for one token."""

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        ...

    def read(self) -> str | None: ...
    def write(self, token: str) -> None:
        """Keep this token in place of the one before; raises `PlaceFailed`."""
        ...

    def remove(self) -> bool:
        """Forget the token. False when there was none."""
        ...


class PlaceFailed(Exception):
    """A place did not keep or give the token; the text says why, and never has the token in it."""


class CredentialStore:
    """The credential store of this system: Windows Credential Manager, macOS Keychain, Secret Service."""

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend

    @property
    def name(self) -> str:
        return f"the credential store ({self._backend.name})"

    def read(self) -> str | None:
        try:
            return self._backend.get_password(SERVICE, ACCOUNT)
        except Exception as error:  # every system fails in its own way
            raise PlaceFailed(f"{self.name} cannot be read: {type(error).__name__}") from None

    def write(self, token: str) -> None:
        try:
            self._backend.set_password(SERVICE, ACCOUNT, token)
        except Exception as error:  # the same; its text may hold what was to be stored
            raise PlaceFailed(f"{self.name} does not take it: {type(error).__name__}") from None

    def remove(self) -> bool:
        try:
            self._backend.delete_password(SERVICE, ACCOUNT)
        except keyring.errors.PasswordDeleteError:
            return False
        except Exception as error:  # the same
            raise PlaceFailed(f"{self.name} does not forget it: {type(error).__name__}") from None
        return True


class PrivateFile:
    """A file with mode 0600 in a folder with mode 0700. On Windows the rights of the user's profile guard it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return f"the file {self._path}"

    def read(self) -> str | None:
        try:
            return self._path.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeError) as error:
            raise PlaceFailed(f"{self.name} cannot be read: {type(error).__name__}") from None

    def write(self, token: str) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes it 0600 from its first moment, and the name changes only when it is whole.
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{token}\n")
            Path(name).replace(self._path)
        except OSError as error:
            raise PlaceFailed(f"{self.name} cannot be written: {error.strerror}") from None

    def remove(self) -> bool:
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise PlaceFailed(f"{self.name} cannot be removed: {error.strerror}") from None
        return True

    def is_private(self) -> bool:
        return os.name == "nt" or not stat.S_IMODE(self._path.stat().st_mode) & 0o077


def token_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the file is when there is no credential store."""
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or Path.home()) / "MicroSIP Manager" / "github-token"
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "microsip-manager" / "github-token"


def places(file: Path | None = None) -> list[TokenPlace]:
    """The places of this system, the best first."""
    backend = keyring.get_keyring()
    # A system without a credential store gets a backend of no priority, whose every call fails.
    usable = getattr(backend, "priority", 0) > 0
    return [*([CredentialStore(backend)] if usable else []), PrivateFile(file or token_file())]
