"""Blocking calls of callers that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from safelight.storage.threads import Threads


class Connection:
    """Something that has to be closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(1)
    yield threads
    threads.close()


def test_what_somebody_waits_for_stays_open(threads: Threads) -> None:
    opened = asyncio.run(threads.opening(Connection.close, Connection))
    assert not opened.closed.is_set()


def test_what_nobody_waits_for_is_closed(threads: Threads) -> None:
    connection, begun, go_on = Connection(), threading.Event(), threading.Event()

    def open_slowly() -> Connection:
        begun.set()
        assert go_on.wait(10)
        return connection

    async def give_up() -> None:
        task = asyncio.ensure_future(threads.opening(Connection.close, open_slowly))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert not connection.closed.is_set()
    go_on.set()
    assert connection.closed.wait(10)


def test_errors_pass_through(threads: Threads) -> None:
    def fail() -> Connection:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        asyncio.run(threads.opening(Connection.close, fail))
