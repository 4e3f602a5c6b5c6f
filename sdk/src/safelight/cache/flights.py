"""Single flight inside one process: whoever wants what is being downloaded already waits for that."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from types import TracebackType
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

    def flying(self, path: str) -> Flight:
        """The context in which what was granted is downloaded; those who wait learn how it ended."""
        return Flight(self, path)

    def land(self, path: str, failure: SafelightError | None) -> None:
        """Tell those who wait, and let go of a path."""
        with self._lock:
            waiting = self._waiting.pop(path)
        for landing in waiting:
            landing.set_result(failure)


class Flight:
    """One download, by whoever was granted it. A class, because a generator takes several times as long."""

    __slots__ = ("_flights", "_path")

    def __init__(self, flights: Flights, path: str) -> None:
        self._flights = flights
        self._path = path

    def __enter__(self) -> None:
        """Nothing is left to do: the path is ours."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flights.land(self._path, error if isinstance(error, SafelightError) else None)


async def landed(landing: Landing) -> None:
    """Wait for the end of somebody's download, and raise its error.

    A waiter that is cancelled does not disturb the one it waits for.
    """
    await asyncio.wait([asyncio.wrap_future(landing)])
    failure = landing.result()
    if failure is not None:
        raise failure
