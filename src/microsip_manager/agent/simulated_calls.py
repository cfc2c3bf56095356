"""The calls of a simulated MicroSIP, written to a real ini as MicroSIP writes them: at once and at each change."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from microsip_manager.agent.microsip_ini import ENCODING_OF_MARK, Ini
from microsip_manager.agent.phone_reading import plain
from microsip_manager.agent.spool import spool_path
from microsip_manager.wire.phone_state import NO_CALL, NUMBER_LIMIT, CallNow, CallState, Direction

PLACES = 1000
"""After the last place MicroSIP begins again with the first."""

MARK, ENCODING = next(iter(ENCODING_OF_MARK.items()))

OUTGOING, INCOMING, MISSED = range(3)

NEW = """[Settings]
accountId=1
denyIncoming=button
callsLastKey=-1
[Account1]
domain=pbx.example
username={extension}
[Calls]
"""


def simulated_ini(folder: Path, hostname: str) -> Path:
    """The ini of the simulated MicroSIP beside the agent of this name."""
    return spool_path(folder, hostname).with_suffix(".simulated.ini")


@dataclass(frozen=True)
class _Entry:
    key: int
    number: str
    name: str
    type: int
    time: int
    duration: int = 0
    info: str = ""

    def __str__(self) -> str:
        return f"{self.number};{self.name};{self.type};{self.time};{self.duration};{self.info}"


class SimulatedCalls:
    """One call at a time, as with `singleMode=1`. The ini may be edited by hand meanwhile; `now` tells Unix seconds."""

    def __init__(self, ini: Path, extension: str, now: Callable[[], float] = time.time) -> None:
        self.ini = ini
        self._clock = now
        self._current: _Entry | None = None
        self._answered_at: float | None = None
        self.is_new = not ini.exists()
        if self.is_new:
            ini.parent.mkdir(parents=True, exist_ok=True)
            self._write(NEW.format(extension=extension))

    @property
    def talks(self) -> bool:
        """Whether a call was answered and goes on."""
        return self._current is not None and self._answered_at is not None

    def dial(self, number: str, name: str = "") -> None:
        self._begin(OUTGOING, number, name)

    def ring(self, number: str, name: str = "") -> None:
        self._begin(INCOMING, number, name)

    def reject(self, number: str, name: str, note: str) -> None:
        """A call that MicroSIP turns away, which leaves an entry all the same."""
        self._add(_Entry(0, number, name, MISSED, int(self._clock()), 0, note))

    def answer(self) -> None:
        if self._current and self._answered_at is None:
            self._answered_at = self._clock()

    def hang_up(self) -> None:
        """The call ends, whoever ended it."""
        if self._current is None:
            return
        talked = 0 if self._answered_at is None else round(self._clock() - self._answered_at)
        if self._answered_at is not None:
            ended = replace(self._current, duration=talked, info="Call Ended")
        elif self._current.type == OUTGOING:
            ended = replace(self._current, info="Canceled")
        else:
            ended = replace(self._current, type=MISSED, info="Missed Call")
        self._set("Calls", str(ended.key), str(ended))
        self._current = None

    @property
    def now(self) -> CallNow:
        """The call under way."""
        if self._current is None:
            return NO_CALL
        incoming, answered = self._current.type == INCOMING, self._answered_at
        began = self._current.time if answered is None or not incoming else answered
        return CallNow(
            CallState.RINGING if incoming and answered is None else CallState.IN_CALL,
            datetime.fromtimestamp(int(began), UTC),
            Direction.INCOMING if incoming else Direction.OUTGOING,
            plain(self._current.number, NUMBER_LIMIT),
        )

    def add_samples(self) -> None:
        """What a morning at the desk leaves, so that there is something to see."""
        now = int(self._clock())
        self._add(_Entry(0, "486", "Olga", OUTGOING, now - 5400, 154, "Call Ended"))
        self._add(_Entry(0, "+74950000042", "Bakery; Moscow", INCOMING, now - 3600, 61, "Call Ended"))
        self._add(_Entry(0, "487", "Pavel", MISSED, now - 1800, 0, "Missed Call"))
        self._add(_Entry(0, "488", "Anna", MISSED, now - 900, 0, "Do Not Disturb"))

    def _begin(self, kind: int, number: str, name: str) -> None:
        if self._current is None:
            self._answered_at = None
            self._current = self._add(_Entry(0, number, name, kind, int(self._clock())))

    def _add(self, entry: _Entry) -> _Entry:
        last = Ini(self._read()).get("Settings", "callsLastKey") or "-1"
        placed = replace(entry, key=(int(last) + 1) % PLACES)
        self._set("Calls", str(placed.key), str(placed))
        self._set("Settings", "callsLastKey", str(placed.key))
        return placed

    def _set(self, section: str, key: str, value: str) -> None:
        """As Windows does it: replace the line of this key, else add one to the section."""
        before, head, rest = self._read().partition(f"[{section}]\n")
        body, mark, after = rest.partition("\n[")
        line = f"{key}={value}"
        body, found = re.subn(rf"(?m)^{key}=.*$", lambda _: line, body)
        if not found:
            body = f"{body.rstrip()}\n{line}".lstrip() + ("" if mark else "\n")
        self._write(before + head + body + mark + after)

    def _read(self) -> str:
        return self.ini.read_bytes()[len(MARK) :].decode(ENCODING).replace("\r\n", "\n")

    def _write(self, text: str) -> None:
        self.ini.write_bytes(MARK + text.replace("\n", "\r\n").encode(ENCODING))
