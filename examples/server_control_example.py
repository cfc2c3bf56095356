"""Control the fleet from Python: `python examples/server_control_example.py NIKITA`. Written to be read and copied."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import api_config  # noqa: E402 - it lies in the checkout, which is on the path only now
from microsip_manager.cli.errors import FleetError  # noqa: E402
from microsip_manager.cli.fleet_client import FleetClient  # noqa: E402
from microsip_manager.cli.screen import speak_any_language  # noqa: E402
from microsip_manager.cli.text import one_line  # noqa: E402
from microsip_manager.settings import BadSetting, CliSettings, load  # noqa: E402
from microsip_manager.wire.phone import PhoneStatus  # noqa: E402


def show_everybody(fleet: FleetClient) -> None:
    """The list as the server last knew it."""
    for client in fleet.clients():
        # What comes from a network may hold what a terminal would obey.
        print(f"{one_line(client.hostname):<24}  {one_line(client.extension):<9}  {client.status.value}")


def dnd_and_back(fleet: FleetClient, hostname: str) -> bool:
    """DND on, look, and as it was before; True when all of it was done."""
    before = fleet.status(hostname)
    on = fleet.set_dnd(hostname, True)
    print(f"on:    {on.outcome.value} {on.detail}")
    print(f"now:   {fleet.status(hostname).status.value}")
    back = fleet.set_dnd(hostname, before.status is PhoneStatus.DND)
    print(f"again: {back.outcome.value} {back.detail}")
    return on.outcome.is_success and back.outcome.is_success


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Show all clients; with a hostname, switch its DND on and back.",
        epilog="example: python examples/server_control_example.py NIKITA",
    )
    parser.add_argument("hostname", nargs="?", help="the PC to try it on")
    given = parser.parse_args()
    speak_any_language()
    try:
        settings = load(CliSettings, api_config)
        # The first server that answers is asked; the others of the list take over when it fails.
        with FleetClient.of(settings) as fleet:
            show_everybody(fleet)
            return 0 if given.hostname is None or dnd_and_back(fleet, given.hostname) else 1
    except (FleetError, BadSetting) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
