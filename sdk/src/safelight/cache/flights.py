"""Single flight inside one process: whoever wants what is being downloaded already waits for that."""

from __future__ import annotations

import asyncio
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
        self._landings: dict[str, Landing] = {}

    def begin(self, path: str) -> Landing | None:
        """Claim a path. Returns None when it is the caller's, who calls `flying` next, else who has it."""
        ours: Landing = Future()
        landing = self._landings.setdefault(path, ours)  # one step, whatever other threads do
        return None if landing is ours else landing

    @contextmanager
    def flying(self, path: str) -> Iterator[None]:
        """Download what `begin` granted; the others learn how it ended."""
        failure: SafelightError | None = None
        try:
            yield
        except SafelightError as error:
            failure = error
            raise
        finally:
            self._landings.pop(path).set_result(failure)


async def landed(landing: Landing) -> None:
    """Wait for the end of somebody's download, and raise its error.

    A waiter that is cancelled does not disturb the one it waits for.
    """
    await asyncio.wait([asyncio.wrap_future(landing)])
    failure = landing.result()
    if failure is not None:
        raise failure
