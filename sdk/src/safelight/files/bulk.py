"""Many file operations at once: bounded concurrency, and every outcome reported.

Operations run on the portal's event loop; outcomes come back to the calling thread in batches, so that a
progress bar is drawn there and a slow one holds up nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from safelight.errors import DownloadError
from safelight.files.access import Runner

logger = logging.getLogger(__name__)

CONCURRENCY: Final = 32
"""Requests in flight: enough to hide the latency of a store, few enough for its rate limits."""

Progress = Callable[[int], None]
"""Is told how many more operations have ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """One operation: what it is about, for messages, and how to do it."""

    subject: str
    operation: Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one operation ended."""

    subject: str
    error: Exception | None


def run_jobs(
    portal: Runner,
    jobs: Sequence[Job],
    *,
    skip_failures: bool | str = False,
    progress: Progress | None = None,
) -> dict[str, Exception]:
    """Run operations concurrently and wait for them.

    Args:
        portal: where they run
        jobs: what to run
        skip_failures: False stops at the first failure and raises it; True does the rest and logs one
            summary; `"ignore"` logs nothing
        progress: is called in this thread

    Returns:
        the causes by subject, where failures are skipped
    """
    outcomes = _outcomes(jobs, min(CONCURRENCY, len(jobs)))
    failures: dict[str, Exception] = {}
    try:
        while (batch := portal.run(_next_batch(outcomes))) is not None:
            failures.update((one.subject, one.error) for one in batch if one.error)
            if failures and not skip_failures:
                raise next(iter(failures.values()))
            if progress:
                progress(len(batch))
    finally:
        portal.run(_close(outcomes))
    if failures and skip_failures != "ignore":
        logger.warning("%s", DownloadError(failures, len(jobs)))
    return failures


async def _outcomes(jobs: Sequence[Job], limit: int) -> AsyncGenerator[list[Outcome], None]:
    queue: asyncio.Queue[Outcome | None] = asyncio.Queue()
    pending = iter(jobs)

    async def work() -> None:
        for job in pending:
            queue.put_nowait(await _attempt(job))
        queue.put_nowait(None)

    workers = [asyncio.create_task(work()) for _ in range(limit)]
    running = len(workers)
    try:
        while running:
            drained = [await queue.get()]
            while not queue.empty():
                drained.append(queue.get_nowait())
            running -= drained.count(None)
            yield [one for one in drained if one is not None]
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _attempt(job: Job) -> Outcome:
    try:
        await job.operation()
    except Exception as error:  # noqa: BLE001 - each operation's failure is its outcome, whatever it is
        return Outcome(job.subject, error)
    return Outcome(job.subject, None)


async def _next_batch(outcomes: AsyncIterator[list[Outcome]]) -> list[Outcome] | None:
    return await anext(outcomes, None)


async def _close(outcomes: AsyncGenerator[list[Outcome], None]) -> None:
    await outcomes.aclose()
