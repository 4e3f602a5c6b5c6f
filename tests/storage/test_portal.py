"""Synchronous callers of the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from safelight.storage.portal import Portal
from safelight.storage.threads import Threads, finishing


@pytest.fixture
def own_portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.close()


def test_runs_coroutines_of_many_threads_on_one_loop(own_portal: Portal) -> None:
    async def loop_and_number(number: int) -> tuple[int, int]:
        await asyncio.sleep(0.01)
        return id(asyncio.get_running_loop()), number

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: own_portal.run(loop_and_number(number)), range(64)))
    assert len({loop for loop, _ in answers}) == 1
    assert [number for _, number in answers] == list(range(64))


def test_raises_what_the_coroutine_raises(own_portal: Portal) -> None:
    async def fail() -> None:
        raise LookupError("this one")

    with pytest.raises(LookupError, match="this one"):
        own_portal.run(fail())


def test_refuses_to_wait_for_itself(own_portal: Portal) -> None:
    async def inner() -> None: ...

    async def outer() -> None:
        own_portal.run(inner())

    with pytest.raises(RuntimeError, match="await"):
        own_portal.run(outer())


def test_an_interrupt_cancels_the_coroutine(own_portal: Portal) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(30)
            ended.append("finished")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        own_portal.run(work())
    own_portal.run(asyncio.sleep(0))
    assert ended == ["cancelled"]
    assert time.monotonic() - begin < 10


def test_can_be_closed_and_used_again(own_portal: Portal) -> None:
    own_portal.close()
    assert own_portal.run(asyncio.sleep(0, "first")) == "first"
    own_portal.close()
    own_portal.close()
    assert own_portal.run(asyncio.sleep(0, "second")) == "second"


def test_a_cancelled_write_is_waited_for(own_portal: Portal) -> None:
    steps: list[str] = []

    def write() -> None:
        time.sleep(0.3)
        steps.append("written")

    async def cancelled() -> None:
        task = asyncio.ensure_future(finishing(write))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        steps.append("closed")

    own_portal.run(cancelled())
    assert steps == ["written", "closed"]


def test_closed_threads_take_no_calls(own_portal: Portal) -> None:
    threads = Threads(2)
    assert own_portal.run(threads.run(len, "abc")) == 3
    threads.close()
    with pytest.raises((RuntimeError, CancelledError)):
        own_portal.run(threads.run(len, "abc"))
