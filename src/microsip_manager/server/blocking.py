"""Work that waits for the database, done off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from microsip_manager.server.errors import NotReady, StoreFailed

Given = ParamSpec("Given")
Done = TypeVar("Done")


async def in_thread(work: Callable[Given, Done], *args: Given.args, **kwargs: Given.kwargs) -> Done:
    """What it gives; raises `NotReady` when the database does not answer."""
    return await _done(asyncio.to_thread(work, *args, **kwargs))


async def in_thread_of(threads: Executor, work: Callable[[], Done]) -> Done:
    """The same on threads that are kept for this kind of work."""
    return await _done(asyncio.get_running_loop().run_in_executor(threads, work))


async def _done(work: Awaitable[Done]) -> Done:
    try:
        return await work
    except StoreFailed as failure:
        raise NotReady(f"The database does not answer: {failure}") from failure
