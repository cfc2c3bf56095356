"""A real agent whose simulated MicroSIP takes its time for a click and writes down when it was clicked.

Run as a program by the tests: `python -m tests.fleet.counting_agent CLICKS`, with the agent's settings around it.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from pathlib import Path

import api_config
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.logs import start_logging
from microsip_manager.settings import AgentSettings, load

LONGEST_PAUSE = 0.15
"""Seconds before and after a click, at most: time for a network to be cut just then."""


class CountingPhone(SimulatedPhone):
    def __init__(self, clicks: Path) -> None:
        super().__init__()
        self._clicks = clicks
        self._chance = random.Random(4)  # noqa: S311 - chance, not secrets

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
    with RunningAgent(settings, CountingPhone(Path(sys.argv[1])), screen=SimulatedScreen(), simulated=True):
        end.wait()


if __name__ == "__main__":
    main()
