"""Single flight inside one process: whoever wants what is being downloaded already waits for that."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeAlias

from safelight.errors import SafelightError

Landing: TypeAlias = "Future[SafelightError | None]"
"""Done when a download is over: with its error, or None when it succeeded or was given up."""


class Flights:
    """The downloads of this process, by the path of the file; for coroutines and threads alike."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Landing]] = {}
        self._lock = threading.Lock()

    def claim(self, path: str) -> bool:
        """Take a path unless somebody has it. Returns whether it is the caller's, who calls `flying` next."""
        ours: list[Landing] = []
        return self._waiting.setdefault(path, ours) is ours  # one step, whatever other threads do

    def begin(self, path: str) -> Landing | None:
        """As `claim`. Returns None when the path is the caller's, else the end of its present download."""
        while not self.claim(path):
            with self._lock:
                if path in self._waiting:
                    landing: Landing = Future()
                    self._waiting[path].append(landing)
                    return landing
        return None

    @contextmanager
    def flying(self, path: str) -> Iterator[None]:
        """Download what was granted; those who wait learn how it ended."""
        failure: SafelightError | None = None
        try:
            yield
        except SafelightError as error:
            failure = error
            raise
        finally:
            with self._lock:
                waiting = self._waiting.pop(path)
            for landing in waiting:
                landing.set_result(failure)


async def landed(landing: Landing) -> None:
    """Wait for the end of somebody's download, and raise its error.

    A waiter that is cancelled does not disturb the one it waits for.
    """
    await asyncio.wait([asyncio.wrap_future(landing)])
    failure = landing.result()
    if failure is not None:
        raise failure
