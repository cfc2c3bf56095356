"""Reads the lists of calls of the MicroSIPs on this PC and puts what is new or has changed into the spool."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from microsip_manager.agent.boundaries import PhoneFiles, Softphone
from microsip_manager.agent.calls_section import LONGEST_CALL, Phone, calls_of
from microsip_manager.agent.errors import DamagedIni
from microsip_manager.agent.ini_file import IniFile
from microsip_manager.agent.langpack import dnd_notes
from microsip_manager.agent.microsip_ini import IniView
from microsip_manager.agent.spool import Seen, Spool
from microsip_manager.clock import Clock
from microsip_manager.wire.calls import Call
from microsip_manager.wire.codec import encode


class CallWatch:
    """Looks at every list, also at that of a MicroSIP that was closed since: its last calls may not be known yet.

    `ansi` is Windows' ANSI code page, `wait` pauses between two readings of an ini.
    """

    def __init__(
        self,
        phone: Softphone,
        spool: Spool,
        hostname: str,
        *,
        clock: Clock,
        ansi: str,
        wait: Callable[[float], object],
    ) -> None:
        self._phone = phone
        self._spool = spool
        self._hostname = hostname
        self._clock = clock
        self._ansi = ansi
        self._wait = wait
        self._lists = {_name(files): self._list(files) for files in spool.phones()}

    def look(self) -> bool:
        """Look at every list once. True while a MicroSIP runs; raises `sqlite3.Error`."""
        running = {_name(files): files for files in self._phone.files()}
        for name, files in running.items():
            if name not in self._lists:
                self._spool.add_phone(files)
                self._lists[name] = self._list(files)
        now = self._clock.now().timestamp()
        for name, calls in self._lists.items():
            calls.look(name in running, now)
        return bool(running)

    def _list(self, files: PhoneFiles) -> _CallList:
        notes = dnd_notes(files.folder, self._ansi)
        ini = IniFile(files.ini, self._ansi, self._wait)

        def phone(view: IniView, running: bool) -> Phone:
            return Phone(self._hostname, view.extension, _name(files), running, view.notes_every_end, notes)

        return _CallList(_name(files), ini, phone, self._spool)


class _PhoneOf(Protocol):
    def __call__(self, view: IniView, running: bool) -> Phone: ...


class _CallList:
    """The list of one MicroSIP, and what is known of it."""

    def __init__(self, name: str, ini: IniFile, phone: _PhoneOf, spool: Spool) -> None:
        self._name = name
        self._ini = ini
        self._phone = phone
        self._spool = spool
        self._seen = spool.seen(name)
        self._looked_at: tuple[IniView, bool] | None = None
        self._over_at = math.inf
        """When, in Unix seconds, time alone ends a call that lives now."""

    def look(self, running: bool, now: float) -> None:
        try:
            view = self._ini.view()
        except DamagedIni:
            return  # what is wrong with it stands in the heartbeat loop's log; a later look will do
        if self._looked_at and self._looked_at[0] is view and self._looked_at[1] is running and now <= self._over_at:
            return
        calls = [self._as_first_seen(call) for call in calls_of(view.calls, self._phone(view, running), now)]
        self._note([call for call in calls if self._is_news(call)])
        self._looked_at = (view, running)
        living = [call.started_at.timestamp() for call in calls if not call.ended]
        self._over_at = min(living, default=math.inf) + LONGEST_CALL

    def _note(self, calls: Sequence[Call]) -> None:
        if calls:
            news = {call.key: Seen(call.id, call.extension, _digest(call)) for call in calls}
            self._spool.note(self._name, news, calls)
            self._seen |= news

    def _as_first_seen(self, call: Call) -> Call:
        before = self._seen.get(call.key)
        if before is None or before.id != call.id or before.extension == call.extension:
            return call
        return msgspec.structs.replace(call, extension=before.extension)

    def _is_news(self, call: Call) -> bool:
        before = self._seen.get(call.key)
        return before is None or before.id != call.id or before.digest != _digest(call)


def _name(files: PhoneFiles) -> str:
    """One name for all spellings of the path."""
    return os.path.normcase(files.ini)


def _digest(call: Call) -> bytes:
    # It brings in OpenSSL, which an agent without calls does without.
    import hashlib

    return hashlib.sha256(encode(call)).digest()[:16]
