"""An agent whose simulated MicroSIP is closed, and opened and closed by the lines `open` and `close` on its input."""

from __future__ import annotations

import sys

import api_config
from microsip_manager.agent.running import RunningAgent
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.logs import start_logging
from microsip_manager.settings import AgentSettings, load


def main() -> None:
    """Run until the input ends; print the port first."""
    settings = load(AgentSettings, api_config)
    start_logging(settings.log_level)
    phone = SimulatedPhone(running=False)
    with RunningAgent(settings, phone, screen=SimulatedScreen(), simulated=True) as agent:
        print(agent.port, flush=True)
        for line in sys.stdin:
            phone.open() if line.strip() == "open" else phone.close()


if __name__ == "__main__":
    main()
