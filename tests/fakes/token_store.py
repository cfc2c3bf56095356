"""Tokens of programs in memory."""

from __future__ import annotations

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
