"""Work that waits for the database, done off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from microsip_manager.server.errors import NotReady, StoreFailed

Given = ParamSpec("Given")
Done = TypeVar("Done")


async def in_thread(work: Callable[Given, Done], *args: Given.args, **kwargs: Given.kwargs) -> Done:
    """What it gives; raises `NotReady` when the database does not answer."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except StoreFailed as failure:
        raise NotReady(f"The database does not answer: {failure}") from failure
