"""A `Softphone` that shows and answers what it is told to, and remembers what it was asked."""

from __future__ import annotations

from microsip_manager.agent.boundaries import DndResult, PhoneFiles, PhoneIni, PhoneView, TelephoneResult
from microsip_manager.agent.microsip_ini import Ini
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.telephone import TelephoneCommand, TelephoneOutcome

OPEN = PhoneView(running=True, dnd=False, extension="485")


class ScriptedPhone:
    def __init__(self, view: PhoneView = OPEN) -> None:
        self.view = view
        self.result: DndResult | None = None
        self.error: Exception | None = None
        self.commands: list[bool] = []
        self.telephoned: list[TelephoneCommand] = []
        self.telephone_result = TelephoneResult(TelephoneOutcome.TAKEN)
        self.looks = 0
        self.ini_texts: list[tuple[str, str]] = [("C:\\MicroSIP\\MicroSIP.ini", "[Settings]\n")]
        """Path and content of the ini of each running MicroSIP."""
        self.running_files: list[PhoneFiles] = []

    def look(self) -> PhoneView:
        self.looks += 1
        if self.error:
            raise self.error
        return self.view

    def set_dnd(self, enabled: bool) -> DndResult:
        self.commands.append(enabled)
        if self.error:
            raise self.error
        return self.result or DndResult(DndOutcome.APPLIED, enabled)

    def telephone(self, command: TelephoneCommand) -> TelephoneResult:
        self.telephoned.append(command)
        if self.error:
            raise self.error
        return self.telephone_result

    def inis(self) -> list[PhoneIni]:
        if self.error:
            raise self.error
        return [PhoneIni(path, Ini(text)) for path, text in self.ini_texts]

    def files(self) -> list[PhoneFiles]:
        return self.running_files
