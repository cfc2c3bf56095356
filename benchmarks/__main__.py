"""`python run.py bench NAME`."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from benchmarks import calls, heartbeats, link, panel, sleeping, stats
from benchmarks.errors import CannotMeasure

BENCHMARKS = {
    "calls": calls.run,
    "heartbeats": heartbeats.run,
    "link": link.run,
    "panel": panel.run,
    "sleeping": sleeping.run,
    "stats": stats.run,
}


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark: 0 when every target is met, 1 when one is not, 2 when it could not be measured."""
    parser = argparse.ArgumentParser(
        prog="run.py bench",
        description="Measure this product on this machine.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="benchmarks:\n"
        "  calls        time to find calls among 1,000,000, and memory of their export\n"
        "  heartbeats   CPU of a heartbeat and of the list of 10,000 clients, against a bare ASGI application\n"
        "  link         heartbeats and commands over the link, and crowds of agents, each against the bare thing\n"
        "  panel        the board of 10,000 clients in Chromium: first paint, 50 changes a second, typing meanwhile\n"
        "  sleeping     CPU and memory of an agent while MicroSIP is closed, on Linux and under Wine\n"
        "  stats        GET /api/stats of a day and of 31 days, out of 1,000,000 calls\n\n"
        "exit code: 0 all targets met, 1 a target missed, 2 nothing measured\n\n"
        "example:\n  python run.py bench heartbeats",
    )
    parser.add_argument(
        "name", choices=list(BENCHMARKS), metavar="name", help=f"what to measure: {', '.join(BENCHMARKS)}"
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds only: to see that it works, not how fast")
    given = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _leave)
    try:
        return BENCHMARKS[given.name](quick=given.quick)
    except CannotMeasure as reason:
        print(f"\nbench: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nbench: stopped", file=sys.stderr)
        return 130


def _leave(number: int, _: FrameType | None) -> None:
    """Leave by an exception, so that the servers under measurement are ended on the way out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
