"""Many objects into the cache at once.

Threads of our own take what is simple (`Downloader.fetch_blocking`); what they leave goes through the event
loop afterwards. Failures are outcomes, not accidents: a bulk job goes on and reports them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from safelight.cache.download import Job, NotSimpleError
from safelight.cache.publishing import DiskError
from safelight.cache.report import DownloadReport
from safelight.cache.session import Session
from safelight.errors import SafelightError
from safelight.storage.portal import Portal

_REFRESH_SECONDS: Final = 0.1
"""How often the caller's thread looks at what the others have done."""

_PATIENCE_SECONDS: Final = 1.0
"""How long an interrupted caller waits for the objects that are just arriving."""


class BulkDownload:
    """One bulk job.

    Args:
        session: the cache, at work
        portal: runs what the threads leave
        report: gets the outcomes
        requests: most objects at a time
        in_use: whether the files are handed out at once, and so may not be evicted for a while
        stop_on_failure: whether to leave out the rest after the first failure
    """

    def __init__(
        self,
        session: Session,
        portal: Portal,
        report: DownloadReport,
        *,
        requests: int,
        in_use: bool,
        stop_on_failure: bool,
    ) -> None:
        self._session = session
        self._downloader = session.downloader
        self._portal = portal
        self._report = report
        self._requests = requests
        self._in_use = in_use
        self._stop_on_failure = stop_on_failure
        self._outcomes: deque[tuple[Job, int | SafelightError | None]] = deque()
        self._left: list[Job] = []
        self._stopped = False
        self._fatal: DiskError | None = None
        self._accident: BaseException | None = None

    def run(self, jobs: Sequence[Job], advance: Callable[[], None]) -> None:
        """Download the objects.

        Args:
            jobs: the objects
            advance: called after every one; an exception ends the job
        """
        self._run_threads(jobs, advance)
        if self._left and not self._stopped:
            self._portal.run(self._run_coroutines(self._left, advance))

    def _run_threads(self, jobs: Sequence[Job], advance: Callable[[], None]) -> None:
        queue = iter(jobs)  # what is in it is taken once, whoever asks: CPython's iterators move in one step
        # Daemons: a store that does not answer must not keep the process from ending.
        threads = [
            threading.Thread(target=self._work, args=(queue,), name="safelight-download", daemon=True)
            for _ in range(min(self._requests, len(jobs)))
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_REFRESH_SECONDS)
                    self._settle(advance)
            self._settle(advance)  # what the last ones did before they were waited for
        finally:
            self._stopped = self._stopped or any(thread.is_alive() for thread in threads)
            give_up = time.monotonic() + _PATIENCE_SECONDS
            for thread in threads:
                thread.join(max(0.0, give_up - time.monotonic()))
        if self._accident:
            raise self._accident

    def _work(self, queue: Iterator[Job]) -> None:
        try:
            # An interrupted caller goes on without us: the process stays at work until we are done.
            with self._session.working(briefly=True):
                for job in queue:
                    if self._stopped:
                        return
                    self._take(job)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._accident = error
            self._stopped = True

    def _take(self, job: Job) -> None:
        try:
            self._note(job, self._fatal or self._downloader.fetch_blocking(job, in_use=self._in_use))
        except NotSimpleError:
            self._left.append(job)
        except SafelightError as error:
            self._note(job, error)

    async def _run_coroutines(self, jobs: Sequence[Job], advance: Callable[[], None]) -> None:
        queue = iter(jobs)

        async def work() -> None:
            for job in queue:
                if self._stopped:
                    return
                try:
                    self._note(job, self._fatal or await self._downloader.fetch(job, in_use=self._in_use))
                except SafelightError as error:
                    self._note(job, error)
                self._settle(advance)

        workers = [asyncio.ensure_future(work()) for _ in range(self._requests)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def _note(self, job: Job, outcome: int | SafelightError | None) -> None:
        self._outcomes.append((job, outcome))
        if isinstance(outcome, SafelightError) and self._stop_on_failure:
            self._stopped = True
        elif isinstance(outcome, DiskError):
            self._fatal = outcome

    def _settle(self, advance: Callable[[], None]) -> None:
        """Enter in the report what has happened so far."""
        while self._outcomes:
            job, outcome = self._outcomes.popleft()
            if isinstance(outcome, SafelightError):
                self._report.failures[str(job.uri)] = outcome
            else:
                self._report.downloaded += outcome is not None
                self._report.cached += outcome is None
                self._report.bytes += outcome or 0
            advance()
