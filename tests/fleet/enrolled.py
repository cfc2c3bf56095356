"""The server or an agent as after an enrolment, with a key that the tests hand to both: TEST_COMMAND_KEY, hexadecimal.

Run as a program by the tests: `enrolled.py server` and `enrolled.py agent --simulate`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import api_config  # noqa: E402 - it lies in the checkout, which is on the path only now

SERVER = ("tests/fleet/enrolled.py", "server")
AGENT = ("tests/fleet/enrolled.py", "agent")


def main() -> int:
    key = bytes.fromhex(os.environ["TEST_COMMAND_KEY"])
    # Each of them has libraries that the other one's machine has not.
    if sys.argv[1] == "server":
        from microsip_manager.server import main as server
        from microsip_manager.server.http_agent_link import HttpAgentLink

        vars(server)["HttpAgentLink"] = lambda http, networks, clock, _: HttpAgentLink(
            http, networks, clock, lambda client: key
        )
        return server.main(api_config, sys.argv[2:])
    from microsip_manager.agent import main as agent
    from microsip_manager.agent.enrolling import Enrolling

    setattr(Enrolling, "command_keys", lambda _: [key])  # noqa: B010 - in place of a method
    return agent.main(api_config, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
