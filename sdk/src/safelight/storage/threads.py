"""Blocking provider SDKs behind the asynchronous protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def finishing(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in a thread; a cancelled caller still waits for its end.

    For short calls that use something which the caller closes, such as a file: its descriptor must not be
    another file's while a write is still on its way.
    """
    call = asyncio.get_running_loop().run_in_executor(None, partial(function, *args, **kwargs))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise


class Threads:
    """A bounded pool of threads for calls that block.

    A cancelled caller stops waiting at once; the call itself ends by its own time limits.

    Args:
        limit: most threads; they start when they are needed
    """

    def __init__(self, limit: int) -> None:
        self._executor = ThreadPoolExecutor(limit, thread_name_prefix="safelight-io")

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a thread of the pool and wait for its result."""
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, partial(function, *args, **kwargs)
        )

    async def opening(
        self, close: Callable[[T], object], function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `run`, for what has to be closed: `close` gets it when a cancelled caller waits no more."""
        call = self._executor.submit(partial(function, *args, **kwargs))
        try:
            return await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            call.add_done_callback(partial(_close_result, close))
            raise

    def close(self) -> None:
        """Take no more calls; running ones end by themselves."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _close_result(close: Callable[[T], object], call: Future[T]) -> None:
    if not call.cancelled() and call.exception() is None:
        close(call.result())
