"""A real agent whose simulated MicroSIP runs while a file is there, takes its time for a click, and writes each down.

Run as a program by the tests: `python -m tests.fleet.watched_agent FOLDER`, with the agent's settings around it. In the
folder `runs` is the file that says that MicroSIP runs, and `clicks` has the time of each click.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from pathlib import Path

import api_config
from microsip_manager.agent.boundaries import PhoneView
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.logs import start_logging
from microsip_manager.settings import AgentSettings, load

LONGEST_PAUSE = 0.15
"""Seconds before and after a click, at most: time for a network to be cut just then."""


class WatchedPhone(SimulatedPhone):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._runs = folder / "runs"
        self._clicks = folder / "clicks"
        self._chance = random.Random(4)  # noqa: S311 - chance, not secrets

    def look(self) -> PhoneView:
        if self._runs.exists():
            self.open()
        else:
            self.close()
        return super().look()

    def click_button(self) -> None:
        time.sleep(self._chance.random() * LONGEST_PAUSE)
        super().click_button()
        with self._clicks.open("a", encoding="utf-8") as file:
            file.write(f"{time.time()}\n")
        time.sleep(self._chance.random() * LONGEST_PAUSE)


def main() -> None:
    settings = load(AgentSettings, api_config)
    start_logging(settings.log_level)
    end = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: end.set())
    with RunningAgent(settings, WatchedPhone(Path(sys.argv[1])), screen=SimulatedScreen(), simulated=True):
        end.wait()


if __name__ == "__main__":
    main()
