"""An `AgentLink` to agents that exist only here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from microsip_manager.server.errors import AgentRefused, AgentSilent
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageOutcome, MessageReport, MessageState
from microsip_manager.wire.phone import status_of
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer, SettingValue
from microsip_manager.wire.phone_state import PhoneState
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand, TelephoneOutcome


class FakeAgents:
    """Every PC has an agent with MicroSIP open, except those told otherwise."""

    def __init__(self) -> None:
        self.dnd: dict[str, bool] = {}
        self.phones: dict[str, PhoneState] = {}
        self.silent: dict[str, str] = {}
        self.closed: set[str] = set()
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.refusing: dict[str, AgentRefused] = {}
        self.wishes: list[GetSetting] = []
        self.messages: list[DisplayMessage] = []
        self.message_outcome = MessageOutcome.SHOWN
        self.telephoned: list[TelephoneCommand] = []
        self.telephone_outcomes: dict[str, tuple[TelephoneOutcome, str]] = {}
        """What becomes of a telephone command to a client, with the reason in words; it is taken where nothing is."""
        self.held: dict[str, asyncio.Event] = {}
        """Agents that answer only once their event is set, as one that is off fails only after seconds."""
        self.begun: list[tuple[str, bool]] = []
        self.failing: dict[str, tuple[DndOutcome, str]] = {}

    async def status(self, client: ClientState) -> AgentStatus:
        self.asked.append(client.address)
        if client.hostname in self.silent:
            raise AgentSilent(self.silent[client.hostname])
        running = client.hostname not in self.closed
        dnd = self.dnd.get(client.hostname, False)
        return AgentStatus(
            hostname=client.hostname,
            extension=client.extension,
            status=status_of(running, dnd),
            microsip_running=running,
            dnd=dnd if running else None,
            agent_version="0.1.0",
            phone=self.phones.get(client.hostname),
        )

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        self.asked.append(client.address)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.append((client.hostname, enabled))
        await asyncio.sleep(0)  # gives another command the chance to come in between
        if client.hostname in self.held:
            await self.held[client.hostname].wait()
        self.at_once -= 1
        if client.hostname in self.failing:
            outcome, detail = self.failing[client.hostname]
            return DndAnswer(client.hostname, outcome, None, detail)
        before = self.dnd.get(client.hostname, False)
        self.dnd[client.hostname] = enabled
        outcome = DndOutcome.ALREADY if before is enabled else DndOutcome.APPLIED
        return DndAnswer(client.hostname, outcome, enabled)

    async def telephone(self, client: ClientState, command: TelephoneCommand) -> TelephoneAnswer:
        self.asked.append(client.address)
        self.telephoned.append(command)
        outcome, detail = self.telephone_outcomes.get(client.hostname, (TelephoneOutcome.TAKEN, ""))
        return TelephoneAnswer(client.hostname, command.action, outcome, detail)

    async def get_setting(self, client: ClientState, wish: GetSetting) -> SettingsAnswer:
        self._reach(client)
        self.wishes.append(wish)
        values = {name: SettingValue(True, "button") for name in wish.wanted or ["denyIncoming"]}
        return SettingsAnswer(client.hostname, "C:\\MicroSIP\\MicroSIP.ini", wish.section, values)

    async def display_message(self, client: ClientState, message: DisplayMessage) -> MessageAnswer:
        self._reach(client)
        self.messages.append(message)
        return MessageAnswer(client.hostname, message.id or "", self.message_outcome, "")

    async def message(self, client: ClientState, id: str) -> MessageReport:
        self._reach(client)
        now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        return MessageReport(client.hostname, id, MessageState.ANSWERED, "OK", now, now, now)

    def _reach(self, client: ClientState) -> None:
        self.asked.append(client.address)
        if client.hostname in self.silent:
            raise AgentSilent(self.silent[client.hostname])
        if client.hostname in self.refusing:
            raise self.refusing[client.hostname]
