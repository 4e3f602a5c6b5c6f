"""What went wrong in a job of upstream's that goes on when a file fails: counted, and said once at the end.

Upstream logs each error where it swallows it, one line among thousands, and counts none. Those lines stay as
they are; while a job runs they are also collected, by a filter on the loggers of upstream's modules. Workers
of upstream's pools have no way to tell their parent: they leave what they collect in a file.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from safelight.files.handover import Handover

logger = logging.getLogger(__name__)

_handover: Final = Handover("SAFELIGHT_FAILURES_FILE")
"""Tells workers where to leave failures."""

_SWALLOWING: Final = (
    "fiftyone.core.map.mapper",
    "fiftyone.core.metadata",
    "fiftyone.core.models",
    "fiftyone.utils.image",
    "fiftyone.utils.utils3d",
    "fiftyone.utils.video",
)
"""The modules whose loggers get an exception where one is passed over."""

_SHOWN: Final = 3


class Failure(NamedTuple):
    """One thing that a job passed over.

    Attributes:
        subject: what it was, as upstream names it: a path, the id of a sample, or the ids of a batch's first
            and last; empty where only the error says it
        kind: the name of the error's class
        cause: what the error says
    """

    subject: str
    kind: str
    cause: str

    def __str__(self) -> str:
        where = f"{self.subject}: " if self.subject not in self.cause else ""
        return f"{where}{self.kind}: {self.cause.strip()}"


class _Collector(logging.Filter):
    """Collects what is passed over while it is on upstream's loggers.

    Args:
        path: where it is left in a process that is not the job's
        pid: the job's process
    """

    def __init__(self, path: Path, pid: int) -> None:
        super().__init__()
        self.failures: list[Failure] = []
        self._path = path
        self._pid = pid

    def filter(self, record: logging.LogRecord) -> bool:
        failure = _failure_in(record)
        if failure is not None and os.getpid() == self._pid:
            self.failures.append(failure)
        elif failure is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(failure) + "\n")
        return True

    def attach(self) -> None:
        for module in _SWALLOWING:
            logging.getLogger(module).addFilter(self)

    def detach(self) -> None:
        for module in _SWALLOWING:
            logging.getLogger(module).removeFilter(self)

    def take_in(self) -> None:
        """Add what workers have left."""
        lines = self._path.read_text(encoding="utf-8").splitlines()
        self.failures.extend(Failure(*json.loads(line)) for line in lines)


class _State:
    """What this process knows of its jobs; a forked worker inherits it."""

    running: _Collector | None = None
    last: tuple[Failure, ...] = ()


def last_failures() -> tuple[Failure, ...]:
    """What the last job passed over that failed in part: `fo.last_failures`."""
    return _State.last


@contextmanager
def counting_failures(name: str) -> Iterator[None]:
    """Run a job of upstream's, and say at its end how many of its parts failed and why.

    Jobs that a job starts are part of it.

    Args:
        name: what the user called
    """
    if _State.running is not None:
        yield
        return
    handle, path = tempfile.mkstemp(prefix="safelight-failures-")
    os.close(handle)
    job = _State.running = _Collector(Path(path), os.getpid())
    _handover.write(path)
    job.attach()
    try:
        yield
    finally:
        job.detach()
        _handover.write("")
        _State.running = None
        job.take_in()
        Path(path).unlink(missing_ok=True)
        if job.failures:
            _State.last = tuple(job.failures)
            logger.warning("%s", _summary(name, job.failures))


def join_job() -> None:
    """In a spawned worker: collect for the job that it works for, if there is one."""
    path = _handover.read()
    if path and _State.running is None:
        _State.running = _Collector(Path(path), os.getppid())
        _State.running.attach()


def _failure_in(record: logging.LogRecord) -> Failure | None:
    """The exception that upstream logs: as the message itself, or as the last thing that goes into it."""
    given = record.args if isinstance(record.args, tuple) else ()
    *subject, error = given or (record.msg,)
    if not isinstance(error, BaseException):
        return None
    return Failure(" - ".join(map(str, subject)), type(error).__name__, str(error))


def _summary(name: str, failures: list[Failure]) -> str:
    kinds = Counter(failure.kind for failure in failures)
    counts = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    first = list(dict.fromkeys(map(str, failures)))[:_SHOWN]
    noun = "failure" if len(failures) == 1 else "failures"
    return "\n".join(
        [
            f"{name}() passed over {len(failures)} {noun} ({counts}).",
            "First causes:",
            *(f"  {failure}" for failure in first),
            "All of them: `fo.last_failures`",
        ]
    )
