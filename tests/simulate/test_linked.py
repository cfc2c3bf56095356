"""What a simulated PC says over its link."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

from msgspec import Raw

from microsip_manager.simulate.day import What
from microsip_manager.simulate.link_socket import LinkSocket
from microsip_manager.simulate.linked import LinkedAgent
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.simulate.plan import Counts
from microsip_manager.tls.trust import Trust
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import SetDnd
from microsip_manager.wire.link import Answer, Ask, Heard, Report, decode_from_agent

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Socket:
    """A link that is open."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def listen(self, hears: bool) -> None:
        assert hears

    def send(self, text: bytes) -> None:
        self.sent.append(decode_from_agent(text))

    def abort(self) -> None:
        pass


def test_the_answer_to_a_dnd_command_carries_the_state_after_it_and_no_report_follows() -> None:
    pc = SimulatedPc("NIKITA", 485, 1000)
    pc.happen(What.BOOT, NOW)
    pc.happen(What.OPEN, NOW)
    before, socket = pc.beat(), Socket()

    async def talk() -> None:
        agent = LinkedAgent(pc, "http://192.0.2.1:8083", 7.0, Counts(), lambda: NOW, lambda: 0.5, Trust())
        agent.opened(cast(LinkSocket, socket))
        agent.heard(encode(Heard(1000.0)))
        for number in (1, 2):
            order = Raw(encode(SetDnd(True)))
            agent.heard(encode(Ask(f"c{number}", "POST", "/api/set_dnd", 1010.0, order)))
        await agent.stop()

    asyncio.run(talk())

    report, first, second = socket.sent
    assert report == Report(before)
    assert isinstance(first, Answer)
    assert first.beat == pc.beat() != before
    assert second.beat is None, "nothing has changed"
