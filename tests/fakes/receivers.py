"""`Receivers` that exist only here, and answer as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from microsip_manager.server.errors import ReceiverFailed


class FakeReceivers:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, int] = {}
        """By URL; 200 from all others, and where it is 0 none at all."""
        self.refuses: set[str] = set()
        self.hold: dict[str, asyncio.Event] = {}
        """Receivers that answer only when this is set."""

    async def check(self, url: str) -> None:
        if url in self.refuses:
            raise ReceiverFailed("it is in a private network")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.calls.append((url, dict(headers), body))
        if url in self.hold:
            await self.hold[url].wait()
        if not (status := self.answers.get(url, 200)):
            raise ReceiverFailed("no answer within 10 s")
        return status

    def called(self) -> list[str]:
        return [url for url, _, _ in self.calls]
