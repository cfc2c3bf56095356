"""Tokens of programs in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from microsip_manager.server.identity.api_tokens import KeptToken


class MemoryTokenStore:
    def __init__(self) -> None:
        self.kept: dict[str, KeptToken] = {}

    def tokens(self) -> list[KeptToken]:
        return sorted(self.kept.values(), key=lambda token: (token.about.created_at, token.about.id))

    def add(self, token: KeptToken) -> None:
        self.kept[token.about.id] = token

    def remove(self, id: str) -> KeptToken | None:
        return self.kept.pop(id, None)

    def used(self, uses: Mapping[bytes, datetime]) -> None:
        for id, token in self.kept.items():
            at, before = uses.get(token.digest), token.about.last_used_at
            if at is not None and (before is None or before < at):
                self.kept[id] = replace(token, about=structs.replace(token.about, last_used_at=at))
