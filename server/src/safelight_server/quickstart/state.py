"""The state directory of one stack.

    DIR/
      stack.json          addresses and secrets, for programs (0600); stays: ports and keys live on
      env.sh              the same for shells (0600)
      run.json            process ids of the run that owns the directory; deleted when it ends as it should
      quickstart.lock     locked by the process that runs the stack, and only while it lives
      last-failure.txt    why the last run ended, when it did not end as it should
      quickstart.log      what a detached run says
      dist/               the built `fiftyone`
      mongod/ seaweedfs/ index/    data, configuration and log of each server

Whether a stack runs is told by the lock alone: the kernel drops it with its process, however that ends, so no
process id in a file can be mistaken for a running stack.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safelight_server.quickstart.errors import AlreadyRunningError


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Who runs the stack.

    Attributes:
        pid: the supervisor
        ready: whether every server answers and `stack.json` is written
        services: process id and creation time (seconds since the epoch, to tell a reused id) by service
    """

    pid: int
    ready: bool
    services: dict[str, tuple[int, float]]


class StateDirectory:
    """Paths in a state directory, and who owns it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.stack_json = self.root / "stack.json"
        self.env_sh = self.root / "env.sh"
        self.log = self.root / "quickstart.log"
        self.dist = self.root / "dist"
        self._run_json = self.root / "run.json"
        self._lock = self.root / "quickstart.lock"
        self._failure = self.root / "last-failure.txt"

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own the directory while the context lasts.

        Raises:
            AlreadyRunningError: another process does
        """
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self.already_running() from None
            self._failure.unlink(missing_ok=True)
            yield
            # Only here: after a crash the record is what finds the servers that were left.
            self._run_json.unlink(missing_ok=True)

    def already_running(self) -> AlreadyRunningError:
        """The error that says so, and what to do."""
        return AlreadyRunningError(
            f"a stack is already running from {self.root}: `safelight-server status` shows it, "
            "`safelight-server stop` ends it"
        )

    def is_owned(self) -> bool:
        """Whether a process owns the directory now."""
        if not self._lock.exists():
            return False
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def read_run(self) -> RunRecord | None:
        """The record of the last run; None when it ended as it should, or there was none."""
        try:
            fields = json.loads(self._run_json.read_text())
            services = {
                name: (int(pid), float(created)) for name, (pid, created) in fields["services"].items()
            }
            return RunRecord(int(fields["pid"]), bool(fields["ready"]), services)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write_run(self, record: RunRecord) -> None:
        """Say who runs the stack."""
        write_private(self._run_json, json.dumps(asdict(record)))

    def read_failure(self) -> str:
        """Why the last run failed; empty when it did not."""
        return self._failure.read_text() if self._failure.exists() else ""

    def write_failure(self, text: str) -> None:
        """Keep for `status` why this run fails."""
        write_private(self._failure, text)

    def read_stack(self) -> dict[str, Any]:
        """The content of `stack.json`; empty before the first start."""
        return dict(json.loads(self.stack_json.read_text())) if self.stack_json.exists() else {}


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone from the first byte on."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as sink:
        sink.write(text)
    temporary.replace(path)
