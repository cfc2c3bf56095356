"""Asking a store that blocks, from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from microsip_manager.server.errors import NotReady, StoreFailed

Done = TypeVar("Done")
Given = ParamSpec("Given")


async def ask_store(work: Callable[Given, Done], *args: Given.args, **kwargs: Given.kwargs) -> Done:
    """What the store answers; raises `NotReady`."""
    try:
        return await asyncio.to_thread(partial(work, *args, **kwargs))
    except StoreFailed as failure:
        raise NotReady(f"The database does not answer: {failure}") from failure
