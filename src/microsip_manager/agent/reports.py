"""What the agent tells of itself and of its MicroSIP, in the words of the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from microsip_manager import __version__
from microsip_manager.agent.boundaries import DndResult, PhoneView, TelephoneResult
from microsip_manager.agent.message_board import Note
from microsip_manager.logs import visible
from microsip_manager.wire.clients import AgentStatus
from microsip_manager.wire.commands import DndAnswer
from microsip_manager.wire.heartbeat import AGENT_PORT, Heartbeat
from microsip_manager.wire.messages import MessageReport
from microsip_manager.wire.phone import HeartbeatCode, status_of
from microsip_manager.wire.phone_settings import IniSettings, SettingsAnswer
from microsip_manager.wire.phone_state import PhoneState
from microsip_manager.wire.telephone import TelephoneAction, TelephoneAnswer

DETAIL_LIMIT = 500
"""Characters of a detail on the wire."""


@dataclass(frozen=True)
class Identity:
    """Who this agent is."""

    hostname: str
    port: int = AGENT_PORT
    simulated: bool = False
    instance: str = ""
    """Another one in each process, so that a copy of this PC is told from it."""

    def heartbeat(
        self, extension: str, dnd: bool, *, running: bool = True, phone: PhoneState | None = None
    ) -> Heartbeat:
        return Heartbeat(
            hostname=self.hostname,
            extension=extension,
            status=HeartbeatCode.DND if dnd else HeartbeatCode.AVAILABLE,
            agent_version=__version__,
            port=self.port,
            simulated=self.simulated,
            running=running,
            phone=phone,
            instance=self.instance,
        )

    def status(self, view: PhoneView, known_dnd: bool) -> AgentStatus:
        """The answer to `GET /api/status`. `known_dnd` counts where the look could not read the button."""
        dnd = view.dnd if view.dnd is not None else known_dnd
        return AgentStatus(
            hostname=self.hostname,
            extension=view.extension,
            status=status_of(view.running, dnd),
            microsip_running=view.running,
            dnd=view.dnd,
            agent_version=__version__,
            simulated=self.simulated,
            detail=view.detail[:DETAIL_LIMIT],
            phone=view.phone,
        )

    def answer(self, result: DndResult) -> DndAnswer:
        return DndAnswer(self.hostname, result.outcome, result.dnd, result.detail[:DETAIL_LIMIT])

    def telephone(self, action: TelephoneAction, result: TelephoneResult) -> TelephoneAnswer:
        return TelephoneAnswer(self.hostname, action, result.outcome, visible(result.detail)[:DETAIL_LIMIT])

    def settings(self, found: Sequence[IniSettings]) -> SettingsAnswer:
        first = found[0]
        return SettingsAnswer(
            hostname=self.hostname,
            ini=first.ini,
            section=first.section,
            settings=first.settings,
            more=first.more,
            simulated=self.simulated,
            others=list(found[1:]),
        )

    def message(self, note: Note) -> MessageReport:
        return MessageReport(
            hostname=self.hostname,
            id=note.id,
            state=note.state,
            button=note.button,
            queued_at=note.queued_at,
            shown_at=note.shown_at,
            ended_at=note.ended_at,
            detail=note.detail[:DETAIL_LIMIT],
        )
