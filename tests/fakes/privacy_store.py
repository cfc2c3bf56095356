"""A `PrivacyStore` that knows nobody."""

from __future__ import annotations

from microsip_manager.wire.privacy import PrivacyErased, PrivacyRows, PrivacySubject


class EmptyPrivacyStore:
    def spellings(self, subject: PrivacySubject) -> list[str]:
        return []

    def find(self, subject: PrivacySubject) -> list[PrivacyRows]:
        return []

    def erase(self, subject: PrivacySubject, *, dry_run: bool) -> list[PrivacyErased]:
        return []
