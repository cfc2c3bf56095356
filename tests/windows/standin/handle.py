"""A handle to one running stand-in; the same from Linux and from inside Windows Python."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Self

import msgspec

# It answers within milliseconds; the rest is for a busy machine.
PATIENCE = 30.0


class StandInError(Exception):
    """The stand-in did not do as told; the text has the command and the answer."""


@dataclass(frozen=True)
class StandInState:
    """What the stand-in knows about itself: the truth that an observer's findings are compared with."""

    pid: int
    version: str
    exe: str
    ini: str
    main: int
    page: int
    button: int
    status_bar: int
    tab: int
    visible: bool
    frozen: bool
    dnd: bool
    dnd_effective: bool
    deny_incoming: str
    account_id: str
    clicks: int
    ignored_clicks: int
    saves: int
    save_pending: bool
    in_call: bool
    calls: str
    """Each call as `NUMBER in|out calling|ringing|talking|on hold`, with `; ` between them."""
    understood: str
    """What the last text of WM_COPYDATA or of a command line was taken for, such as `dial 101` or `answer`."""
    tones: str
    muted: bool
    copydata_count: int
    last_copydata: str
    last_command: str
    last_message: str
    dialled_count: int
    last_dialled: str
    pending_dial: str


class StandIn:
    """One running stand-in. Every command returns when it is carried out.

    While its UI is frozen a command returns at once, and is carried out when the UI wakes up.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Start `command` and wait until its window exists. `env` is the whole environment, None inherits ours."""
        process = subprocess.Popen(
            list(command),
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        started = cls(process)
        try:
            if (line := started._next_line("start", PATIENCE)) != "ready":
                raise StandInError(f"start: {line}")
        except BaseException:
            started.kill()
            raise
        return started

    def _listen(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(line.rstrip("\r\n"))
        output.close()
        self._lines.put(None)

    def _next_line(self, command: str, timeout: float) -> str:
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise StandInError(f"{command}: no answer within {timeout:.0f} s") from None
        if line is None:
            self._lines.put(None)
            raise StandInError(f"{command}: the stand-in has ended, exit code {self.process.wait(PATIENCE)}")
        return line

    def tell(self, command: str) -> str:
        """Send one line; what the answer says after `ok`. Raises StandInError when it says anything else."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise StandInError(f"{command}: the stand-in has ended") from error
        answer = self._next_line(command, PATIENCE)
        verdict, _, rest = answer.partition(" ")
        if verdict != "ok":
            raise StandInError(f"{command}: {answer}")
        return rest

    def state(self) -> StandInState:
        """Its state now; answered also while its UI is frozen."""
        return msgspec.json.decode(self.tell("state"), type=StandInState)

    def click(self) -> None:
        """The user clicks the DND button by hand."""
        self.tell("click")

    def hang(self, seconds: float) -> None:
        """Freeze the UI thread for this long; it is frozen when this returns."""
        self.tell(f"hang {seconds}")

    def hang_on_click(self, seconds: float) -> None:
        """The next DND click blocks for this long and takes effect then."""
        self.tell(f"hang_on_click {seconds}")

    def ignore_clicks(self, ignore: bool = True) -> None:
        """Clicks on DND are taken but change nothing."""
        self.tell(f"ignore_clicks {ignore:d}")

    def refuse(self, refuse: bool = True) -> None:
        """Put up the window property StandInRefuses, which the tests' sender of messages turns into error 5."""
        self.tell(f"refuse {refuse:d}")

    def settings_ok(self, deny_incoming: str | None = None) -> None:
        """The user presses OK in the settings; the DND button dies and may be born anew."""
        self.tell("settings_ok" if deny_incoming is None else f"settings_ok denyIncoming={deny_incoming}")

    def account(self, number: int) -> None:
        """The user switches to this account; 0 is none."""
        self.tell(f"account {number}")

    def tab(self, number: int) -> None:
        """The user selects this tab: 0 dialer, 1 logs, 2 contacts."""
        self.tell(f"tab {number}")

    def show(self) -> None:
        self.tell("show")

    def hide(self) -> None:
        self.tell("hide")

    def registration(self, name: str) -> None:
        """One of the names in standin.c, or `other TEXT`."""
        self.tell(f"registration {name}")

    def engine(self, running: bool) -> None:
        """Whether the SIP engine runs; without it WM_COPYDATA is answered by 1."""
        self.tell(f"engine {running:d}")

    def call(self, text: str) -> None:
        """A call is going on: `text` replaces the registration in the status bar, END is shown."""
        self.tell(f"call {text}")

    def press(self, button: str) -> None:
        """The user clicks `aa` (auto answer) or `fwd` (forwarding)."""
        self.tell(f"press {button}")

    def call_end(self) -> None:
        self.tell("call_end")

    def ring(self, number: str, name: str = "") -> None:
        """Somebody calls; when this returns the call is on its way, and `cmdIncomingCall` comes first."""
        self.tell(f"ring {number} {name}".rstrip())

    def answer(self) -> None:
        """The user answers the first call that rings."""
        self.tell("answer")

    def decline(self) -> None:
        """The user declines the first call that rings."""
        self.tell("decline")

    def dial(self, number: str) -> None:
        """The user dials."""
        self.tell(f"dial {number}")

    def remote_answers(self) -> None:
        """Whom the user calls answers."""
        self.tell("remote_answers")

    def remote_busy(self) -> None:
        """Whom the user calls is busy."""
        self.tell("remote_busy")

    def remote_hangup(self) -> None:
        """The other side ends the call, or no longer rings."""
        self.tell("remote_hangup")

    def delete_entry(self, key: int) -> None:
        """The user deletes an entry of the list of calls."""
        self.tell(f"delete_entry {key}")

    def modal_on_copydata(self, modal: bool = True) -> None:
        """Whatever is dialled by WM_COPYDATA opens an error box, which blocks a sender of dwData 1."""
        self.tell(f"modal_on_copydata {modal:d}")

    def modal_close(self) -> None:
        """Somebody closes that box."""
        self.tell("modal_close")

    def lock_ini(self, milliseconds: int) -> None:
        """Nobody else can open the ini file for this long; it is locked when this returns."""
        self.tell(f"lock_ini {milliseconds}")

    def close(self, timeout: float = PATIENCE) -> None:
        """End it as a user does, by WM_CLOSE, and wait for its end."""
        if self.process.poll() is None:
            self.tell("close")
        self.wait(timeout)

    def crash(self) -> None:
        """It is gone at once and saves nothing."""
        self.tell("crash")
        self.wait()

    def kill(self) -> None:
        """End the process from outside, if it still runs."""
        self.process.kill()
        self.wait()

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end; its exit code. Raises subprocess.TimeoutExpired."""
        code = self.process.wait(timeout)
        if self.process.stdin is not None:
            self.process.stdin.close()
        return code
