"""One event loop on one thread, through which callers that are not coroutines reach the stores."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from safelight.storage.per_process import PerProcess

T = TypeVar("T")


class Portal:
    """Runs coroutines for synchronous callers, from any number of threads.

    The thread starts with the first call and is a daemon: it never keeps a process alive. After a fork the
    child has no such thread, so it starts its own; coroutines of the parent are the parent's.
    """

    def __init__(self) -> None:
        self._running = PerProcess(_RunningLoop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` and wait for its result; an interrupt of the caller cancels it.

        Raises:
            RuntimeError: called from the portal's own thread, which would wait for itself
        """
        running = self._running.get()
        if threading.current_thread() is running.thread:
            coroutine.close()
            raise RuntimeError("Portal.run() was called from a coroutine: await instead")
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, running.loop)
        try:
            return future.result()
        except BaseException:
            # KeyboardInterrupt arrives in the waiting thread: the work must not go on behind its back.
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the thread, if this process started one."""
        running = self._running.take()
        if running is not None:
            running.stop()


class _RunningLoop:
    """An event loop and the thread that runs it."""

    def __init__(self) -> None:
        self.loop = new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="safelight-portal", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one: a tenth less time for a download of many small objects."""
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
