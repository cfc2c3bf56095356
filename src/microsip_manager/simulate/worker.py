"""One process of a simulation: `python -m microsip_manager.simulate.worker PLAN`.

It writes its counts, a line a second, and ends when its time is over or its stdin ends: a worker never outlives whoever
started it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from microsip_manager.open_files import allow_many_connections
from microsip_manager.simulate.crowd import Crowd
from microsip_manager.simulate.joining import JOIN_TOKEN, NotLetIn
from microsip_manager.simulate.plan import Counts, Plan, decode_plan
from microsip_manager.wire.codec import encode

COUNT_EVERY = 1.0


def main() -> int:
    plan = decode_plan(sys.argv[1])
    allow_many_connections()
    try:
        with suppress(KeyboardInterrupt, BrokenPipeError), asyncio.Runner(loop_factory=fastest_loop()) as runner:
            runner.run(work(plan))
    except NotLetIn as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop; None means Python's own. A heartbeat costs a simulated PC on Linux a third less so."""
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop


async def work(plan: Plan) -> None:
    """Simulate until the plan's time is over or stdin ends."""
    loop, stop, counts = asyncio.get_running_loop(), asyncio.Event(), Counts()
    threading.Thread(target=_wait_for_end, args=(loop, stop), name="end", daemon=True).start()
    loop.call_later(plan.seconds, stop.set)
    telling = loop.create_task(_tell(counts))
    try:
        await Crowd(plan, counts, os.environ.get(JOIN_TOKEN, "") if plan.join else "").live(stop)
    finally:
        telling.cancel()


async def _tell(counts: Counts) -> None:
    while True:
        sys.stdout.buffer.write(encode(counts) + b"\n")
        sys.stdout.buffer.flush()
        await asyncio.sleep(COUNT_EVERY)


def _wait_for_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Below Python's own buffers: their locks must be free when this process ends while the thread still waits.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    with suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
