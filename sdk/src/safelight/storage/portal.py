"""One event loop on one thread, through which callers that are not coroutines reach the stores."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Portal:
    """Runs coroutines for synchronous callers, from any number of threads.

    The thread starts with the first call and is a daemon: it never keeps a process alive. After a fork the
    child has no such thread, so it starts its own; coroutines of the parent are the parent's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` and wait for its result; an interrupt of the caller cancels it.

        Raises:
            RuntimeError: called from the portal's own thread, which would wait for itself
        """
        loop = self._running_loop()
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("Portal.run() was called from a coroutine: await instead")
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            return future.result()
        except BaseException:
            # KeyboardInterrupt arrives in the waiting thread: the work must not go on behind its back.
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the thread, if this process started one."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
            if loop is None or thread is None or self._pid != os.getpid():
                return
            loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._pid != os.getpid():
            # The lock may have been held at the fork by a thread that does not exist here.
            self._lock, self._loop, self._pid = threading.Lock(), None, os.getpid()
        with self._lock:
            if self._loop is None:
                self._loop = new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="safelight-portal", daemon=True
                )
                self._thread.start()
            return self._loop


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one: a tenth less time for a download of many small objects."""
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
